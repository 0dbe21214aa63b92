// SPDX-License-Identifier: Apache-2.0
#pragma once
// SimClusterNetwork: the machines of a cluster and the datagrams between them, on virtual time, with network faults
// from a seed.
//
// Datagrams are delayed, lost and duplicated, so they overtake each other. Groups of machines can be cut off from each
// other. A machine can be stopped, as by SIGSTOP: its datagrams wait in its receive buffer, or are lost once that is
// full, and its timers wait. When it continues it finds both, in the order of a real loop or, at random, its timers
// first. A machine that is down neither sends nor receives.
// Threading: one thread, that of the loop; no locks. Lifetime: the loop outlives the network, and the network outlives
// what runs on its machines.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "cluster/udp/address_hash.h"
#include "cluster/udp/datagram_port.h"
#include "exocast/gather/detail/ready_queue.h"
#include "exocast/gather/scheduler.h"
#include "testing/sim_loop.h"

namespace exocast {

struct SimClusterOptions {
  Duration delay_min = std::chrono::microseconds(50);
  Duration delay_max = std::chrono::microseconds(500);
  double loss = 0;                             ///< probability of a datagram's loss, 0 to 1
  double repeated = 0;                         ///< probability of a datagram's duplicate
  std::size_t receive_buffer_bytes = 212'992;  ///< of a stopped machine; Linux's default
};

class SimMachine;

class SimClusterNetwork {
 public:
  explicit SimClusterNetwork(SimLoop& loop, const SimClusterOptions& options = {});
  SimClusterNetwork(const SimClusterNetwork&) = delete;
  SimClusterNetwork& operator=(const SimClusterNetwork&) = delete;
  ~SimClusterNetwork();

  /// Adds a machine at `address`, which must be unused.
  SimMachine& add(const PeerAddress& address);
  SimMachine* at(const PeerAddress& address) noexcept;

  /// Applies to later datagrams; those in flight are not affected.
  void set_options(const SimClusterOptions& options) noexcept { options_ = options; }

  void heal() noexcept;

  std::uint64_t sent() const noexcept { return sent_; }

 private:
  friend class SimMachine;
  struct Flight;

  void send(const SimMachine& from, const PeerAddress& to, std::string_view content);
  void fly(const SimMachine& from, SimMachine& to, std::string_view content);

  SimLoop& loop_;
  Random random_;
  SimClusterOptions options_;
  std::unordered_map<PeerAddress, std::unique_ptr<SimMachine>, AddressHash> machines_;
  std::list<Flight> flights_;
  std::list<Flight> landed_;  // for reuse
  std::uint64_t sent_ = 0;
};

/// A machine: the scheduler and the port of the one node on it.
class SimMachine final : public Scheduler, public DatagramPort, private Timer, private Runnable {
 public:
  SimMachine(SimClusterNetwork& network, PeerAddress address);

  const PeerAddress& address() const noexcept { return address_; }
  SimClusterNetwork& network() noexcept { return network_; }

  /// Stops and continues it, as SIGSTOP and SIGCONT do.
  void stop();
  void go_on();
  bool is_stopped() const noexcept { return stopped_; }

  /// Cuts it off from machines of other groups. All start in group 0.
  void set_group(int group) noexcept { group_ = group; }
  int group() const noexcept { return group_; }

  /// Off the network, as with its cable unplugged.
  void set_down(bool down) noexcept { down_ = down; }
  bool is_down() const noexcept { return down_; }

  /// Updates its clock; call it before calls from outside of its own timers and datagrams.
  void enter() noexcept;

  std::uint64_t sent() const noexcept { return sent_; }
  std::uint64_t received() const noexcept { return received_; }

  void send(const PeerAddress& to, std::string_view content) noexcept override;
  void receive(Receiver* receiver) noexcept override { receiver_ = receiver; }

  void post(Runnable& runnable) noexcept override;
  void wake_at(Timer& timer, TimePoint time) noexcept override;
  void cancel(Timer& timer) noexcept override { timer.disarm(); }

 private:
  friend class SimClusterNetwork;
  void arrive(const PeerAddress& from, std::string_view content);
  void read_waiting();
  void fire_due();
  void arm();
  void fired() noexcept override;
  void run() noexcept override;

  SimClusterNetwork& network_;
  PeerAddress address_;
  Receiver* receiver_ = nullptr;
  bool stopped_ = false;
  bool down_ = false;
  int group_ = 0;
  struct Waiting {
    PeerAddress from;
    std::string content;
  };
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  ReadyQueue ready_;
  TimerQueue timers_;
  std::uint64_t armed_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace exocast
