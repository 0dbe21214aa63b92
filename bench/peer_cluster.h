// SPDX-License-Identifier: Apache-2.0
#pragma once
// PeerCluster: another system's sender and receivers, as programs of bench/peers in processes of their own.
// They speak the lines of bench/peers/README.md. One thread. Lifetime: its processes end with it.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "bench/process.h"

namespace exocast::bench {

/// One of the systems that are compared with.
struct PeerSystem {
  /// Who listens, and so is started first.
  enum class Hub : std::uint8_t { sender, broker, receivers, exo };

  std::string name;        ///< in rows of fanout, after "peer: "
  std::string short_name;  ///< in rows of stream and isolation, likewise
  std::string programs;    ///< what the names of its programs begin with
  Hub hub;
};

const PeerSystem& zeromq();
const PeerSystem& nats();
const PeerSystem& grpc_stream();
/// What exo does: gather and wait_for. Sends to receivers of ours, over exo's protocol.
const PeerSystem& grpc_aio();

/// Where `make bench-peers` puts the programs, as seen from this one: ../bench-peers.
std::filesystem::path peers_folder();

/// Whether the sender of `system` is in `folder`; if not, says so on standard error if `says_so`.
bool is_built(const PeerSystem& system, const std::filesystem::path& folder, bool says_so);

struct PeerClusterOptions {
  std::filesystem::path folder;
  std::size_t receivers = 8;
  bool one_process = false;  ///< all receivers in one, on a CPU of its own; else a process each, on any CPU
  std::size_t slow =
      0;  ///< so many of the last receivers take `delay` to answer, when they have processes of their own
  Duration delay = Duration::zero();
  std::vector<std::uint16_t> exo_ports{};  ///< for Hub::exo: where the receivers are; one port may stand for all
};

class PeerCluster {
 public:
  /// Starts all of it, and connects. Throws std::runtime_error.
  PeerCluster(const PeerSystem& system, const PeerClusterOptions& options);

  Process& sender() noexcept { return *sender_; }
  std::vector<Process>& receivers() noexcept { return receivers_; }

  /// What a round takes - a message to all, and all answers - when `rounds` are done at once.
  Runner runner(std::size_t rounds);

  /// CPU time that the server in between has taken so far; nothing if there is none.
  std::optional<double> broker_cpu_ns() const;

 private:
  void start_receivers(std::uint16_t port);
  void start_sender(std::vector<std::string> arguments);
  std::uint16_t start_hub();

  const PeerSystem& system_;
  const PeerClusterOptions options_;
  std::optional<Process> broker_;
  pid_t broker_pid_ = -1;  // of the server itself
  std::unique_ptr<Process> sender_;
  std::vector<Process> receivers_;
};

}  // namespace exocast::bench
