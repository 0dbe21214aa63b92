// SPDX-License-Identifier: Apache-2.0
#pragma once
// Membership: who is in the cluster, kept true by the members themselves: SWIM (Das, Gupta, Motivala: "SWIM: Scalable
// Weakly-consistent Infection-style Process Group Membership Protocol", 2002) with Lifeguard's refinements (Dadgar,
// Phillips, Currey: "Lifeguard: Local Health Awareness for More Accurate Failure Detection", 2018).
//
// Every period this node probes a few members, first directly and then through helpers. A member that sends no ack
// becomes suspect. It learns of the suspicion first and can refute it; otherwise it is gone when the suspicion expires.
// Updates are piggybacked on pings and acks, so the cost per node does not grow with the cluster. Urgent updates are
// also sent to a few members at once.
//
// Differences from SWIM: besides a random member, the next two members on a ring are probed (swim/member_table.h).
// A node that a discovery or another member names is only a candidate. It becomes a member when it acknowledges a ping
// at that address, by repeating a random number. So a forged datagram can neither add a member that does not exist, nor
// move a member that still answers.
//
// Parts: Prober (who answers), Suspicions (states and updates), Gossip (what is sent), StateExchange (the whole table),
// Awareness (timeouts), MemberTable. Membership itself receives the datagrams, wakes the parts and admits candidates.
// Threading: the one thread of the scheduler. Lifetime: scheduler and port outlive it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "cluster/swim/alarm.h"
#include "cluster/swim/awareness.h"
#include "cluster/swim/gossip.h"
#include "cluster/swim/member_table.h"
#include "cluster/swim/membership_metrics.h"
#include "cluster/swim/prober.h"
#include "cluster/swim/state_exchange.h"
#include "cluster/swim/suspicions.h"
#include "cluster/udp/candidate.h"
#include "cluster/udp/datagram_port.h"
#include "exocast/cluster_options.h"
#include "exocast/gather/scheduler.h"
#include "exocast/gather/task.h"
#include "exocast/member.h"

namespace exocast {

class Membership final : private DatagramPort::Receiver {
 public:
  /// Takes part as `self` until it is destroyed or has left. Of `self`: a valid id; the address, whose host may be
  /// unspecified ("0.0.0.0": others take the one that datagrams come from); a session, random and not 0; and
  /// capabilities, whose texts are cut at 128 bytes. `seed` draws which members are probed, and when.
  Membership(Scheduler& scheduler, DatagramPort& port, Member self, const MembershipOptions& options,
             std::uint64_t seed);
  Membership(const Membership&) = delete;
  Membership& operator=(const Membership&) = delete;
  ~Membership() override;

  /// Pings the node at `candidate.address`, up to three times; it becomes a member when it acknowledges. Does nothing
  /// for the address of a healthy member. If there is no ack, the caller may join it again.
  void join(const Candidate& candidate);

  /// Sends a goodbye to all members, three times within 100 ms, and nothing afterwards. Ends by `deadline`.
  task<void> leave(Deadline deadline);

  /// Records a sign of life: a link has delivered a message from the member `id`, or to it. Cheap enough for every
  /// message.
  void heard_from(std::string_view id) noexcept;

  /// All known members without this node, sorted by id. Members that are gone or have left stay listed for a while.
  std::vector<Member> members() const;
  /// The number of members in `state`.
  std::size_t count(MemberState state) const noexcept { return table_.count(state); }

  /// Sets the function that is called after each change of a member or its state. It may call members() and join().
  void on_change(std::function<void()> changed) { on_change_ = std::move(changed); }

  /// Sets the function that is called when other members refuse this node, because a node with the same id answers at
  /// another address. It may be called repeatedly: this node keeps trying.
  void on_conflict(std::function<void(const PeerAddress&)> conflict) { on_conflict_ = std::move(conflict); }

  std::uint32_t incarnation() const noexcept { return self_.incarnation; }
  const MembershipMetrics& metrics() const noexcept { return metrics_; }

 private:
  // Timers.
  void wake();
  TimePoint next_wake() const;
  void notice_standstill();
  void tick();
  void probe_failed(swim::MemberRecord& record, const swim::Probe& probe);
  void start_exchange(const swim::MemberRecord& with, bool mutual);
  void notify_changes();

  // Datagrams received (membership_receive.cpp).
  void received(const PeerAddress& from, std::string_view content) noexcept override;
  void route(const PeerAddress& from, const swim::Datagram& datagram);
  void receive_from_unknown(swim::MemberRecord* former, const swim::Datagram& datagram);
  void receive_from_member(swim::MemberRecord& record, const swim::Datagram& datagram);
  void receive_update(const swim::Update& update, const std::string& reporter);
  void receive_ping(const PeerAddress& from, const swim::MemberRecord* sender, const swim::Datagram& ping);
  void receive_ack(const swim::Datagram& ack);

  // Candidates, and nodes that claim the id of a member (membership_admission.cpp).
  void admit_or_challenge(const swim::Update& who, const std::optional<DeviceCapabilities>& capabilities,
                          const std::string& source);
  void admit(const swim::Update& who, const std::optional<DeviceCapabilities>& capabilities, const std::string& source);
  bool is_refused(const swim::MemberRecord& owner, const swim::Update& claimant) const;
  void refuse(swim::MemberRecord& owner, const swim::Update& claimant);
  void send_conflict(const swim::Update& owner, const swim::Update& claimant);
  void receive_from_same_id(const swim::Datagram& datagram);
  void receive_conflict(const swim::Datagram& conflict);
  std::uint64_t age_ms() const;

  TimePoint now() const noexcept { return alarm_.now(); }

  DatagramPort& port_;
  const MembershipOptions options_;
  Random random_;
  swim::Update self_;
  const std::optional<DeviceCapabilities> capabilities_;
  const TimePoint started_;
  MembershipMetrics metrics_;
  swim::Alarm alarm_;
  swim::Awareness awareness_;
  swim::MemberTable table_;
  swim::Gossip gossip_;
  swim::Suspicions suspicions_;
  swim::Prober prober_;
  swim::StateExchange exchange_;
  TimePoint next_tick_{};
  TimePoint next_sync_{};
  TimePoint listens_until_{};  // after a standstill
  bool left_ = false;
  std::function<void()> on_change_;
  std::function<void(const PeerAddress&)> on_conflict_;
};

}  // namespace exocast
