// SPDX-License-Identifier: Apache-2.0
#pragma once
// PeerCluster: another system's sender and receivers: programs of bench/peers in their own processes. They use the line
// protocol of bench/peers/README.md. One thread. Lifetime: its processes end with it.

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

/// A system to compare with.
struct PeerSystem {
  /// The side that listens, and so starts first.
  enum class Hub : std::uint8_t { sender, broker, receivers, exo };

  std::string name;        ///< in rows of fanout, after "peer: "
  std::string short_name;  ///< the same, for rows of stream and isolation
  std::string programs;    ///< the prefix of its programs' names
  Hub hub;
  /// If unpaced: the most unanswered messages for each receiver. None of them bounds that itself.
  std::uint64_t window = 4096;
};

const PeerSystem& zeromq();
const PeerSystem& nats();
const PeerSystem& redis();
const PeerSystem& mosquitto();
const PeerSystem& grpc_stream();
/// exo's way: gather and wait_for. Sends to our receivers over exo's protocol.
const PeerSystem& grpc_aio();

/// The output folder of `make bench-peers`, relative to this program: ../bench-peers.
std::filesystem::path peers_folder();

/// Whether `folder` has the sender of `system`; if not, and `says_so`, prints that on standard error.
bool is_built(const PeerSystem& system, const std::filesystem::path& folder, bool says_so);

struct PeerClusterOptions {
  std::filesystem::path folder;
  std::size_t receivers = 8;
  bool one_process = false;  ///< all receivers in one process, on its own CPU; else one process each, on any CPU
  std::size_t slow =
      0;  ///< so many of the last receivers take `delay` to answer, when they have processes of their own
  Duration delay = Duration::zero();
  std::vector<std::uint16_t> exo_ports{};  ///< for Hub::exo: the receivers' ports; one port may stand for all
};

class PeerCluster {
 public:
  /// Starts all processes, and connects. Throws std::runtime_error.
  PeerCluster(const PeerSystem& system, const PeerClusterOptions& options);

  Process& sender() noexcept { return *sender_; }
  std::vector<Process>& receivers() noexcept { return receivers_; }

  /// Measures one round (a message to all, and all answers), averaged over `rounds` consecutive rounds.
  Runner runner(std::size_t rounds);

  /// CPU time of the broker so far; nothing if there is none.
  std::optional<double> broker_cpu_ns() const;

 private:
  void start_receivers(std::uint16_t port);
  void start_sender(std::vector<std::string> arguments);
  std::uint16_t start_hub();

  const PeerSystem& system_;
  const PeerClusterOptions options_;
  std::optional<Process> broker_;
  pid_t broker_pid_ = -1;  // of the broker itself
  std::unique_ptr<Process> sender_;
  std::vector<Process> receivers_;
};

}  // namespace exocast::bench
