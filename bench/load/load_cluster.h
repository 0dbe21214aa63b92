// SPDX-License-Identifier: Apache-2.0
#pragma once
// LoadCluster: a sender and its receivers in processes of their own, under a load; ours or another system's. One
// thread. Lifetime: its processes end with it.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/load/load.h"
#include "bench/peer_cluster.h"
#include "bench/process.h"

namespace exocast::bench {

/// A system under load.
struct LoadSystem {
  std::string name;                  ///< in rows
  std::string link{};                ///< ours: "native", "exo" or "raw"
  const PeerSystem* peer = nullptr;  ///< another system's; without receivers of its own it uses ours over "exo"
};

/// The systems by their names in rows: "native", "link/exo", "raw epoll" (paced only; its receivers check nothing), and
/// the peers.
const LoadSystem& native_load();
const LoadSystem& exo_load();
const LoadSystem& raw_load();
LoadSystem peer_load(const PeerSystem& peer);

/// The faults of a receiver.
enum class Fault : std::uint8_t {
  slow,         ///< answers each message after slow_delay
  stopped,      ///< SIGSTOP
  black_holed,  ///< see black_hole.h
};
inline constexpr Duration slow_delay = std::chrono::milliseconds(20);

/// "slow", "stopped", "black-holed".
const char* to_string(Fault fault) noexcept;

class LoadCluster {
 public:
  /// Starts `receivers` and a sender, connected. Throws std::runtime_error.
  LoadCluster(const LoadSystem& system, std::size_t receivers, const std::filesystem::path& peers);
  LoadCluster(const LoadCluster&) = delete;
  LoadCluster& operator=(const LoadCluster&) = delete;
  ~LoadCluster();

  std::size_t receivers() const noexcept { return receivers_->size(); }

  Loaded send(const Load& load);

  /// The same in two parts, so that the caller can act in between.
  void begin(const Load& load);
  Loaded end();

  /// Gives receiver `index` the fault `fault`.
  void afflict(std::size_t index, Fault fault);
  /// Continues a stopped receiver.
  void resume(std::size_t index);

  /// What receiver `index` has received of the `published` messages so far.
  Heard heard(std::size_t index, std::uint64_t published);

 private:
  std::string ask(std::size_t index, const std::string& line);

  std::vector<Process> own_receivers_;
  std::optional<PeerCluster> peer_;
  std::unique_ptr<Process> own_sender_;
  Process* sender_ = nullptr;
  std::vector<Process>* receivers_ = nullptr;
  std::vector<std::size_t> stopped_;
  Deadline end_by_ = Deadline::never();
};

}  // namespace exocast::bench
