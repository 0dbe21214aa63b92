// SPDX-License-Identifier: Apache-2.0
#pragma once
// Gossip: sends the datagrams of this node and piggybacks membership updates on them.
//
// Threading: one thread. Lifetime: all it refers to outlives it.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/random.h"
#include "cluster/swim/alarm.h"
#include "cluster/swim/gossip_queue.h"
#include "cluster/swim/member_table.h"
#include "cluster/swim/membership_metrics.h"
#include "cluster/swim/reach.h"
#include "cluster/udp/datagram_port.h"

namespace exocast::swim {

class Gossip {
 public:
  Gossip(DatagramPort& port, const Update& self, const MemberTable& table, MembershipMetrics& metrics)
      : port_(port), self_(self), table_(table), metrics_(metrics) {}

  /// Queues an update about `record`, for members that can reach it. This node's own state needs no queue: every
  /// datagram begins with it.
  void add_update(MemberRecord& record) {
    if (!has_zone(record.member.address.host)) queue_.add(record);
  }

  /// Sends `datagram`, with this node as its sender and without updates, to a node that is no member.
  void send_bare(const PeerAddress& to, Datagram datagram);

  /// Sends `datagram` to `to` with updates: first that `to` is suspected, if it is, then those sent least often.
  void send(const MemberRecord& to, Datagram datagram) { send_to(to.member.address, &to, std::move(datagram)); }

  /// The same, to another address of the member.
  void send_to(const PeerAddress& address, const MemberRecord* to, Datagram datagram);

  /// Sends updates and this node's state to `most` random members.
  void send_to_some(std::size_t most, Random& random);

  /// Requests a send_urgent() soon, and a wake for it: for updates that should not wait for the next probe.
  void send_soon(Alarm& alarm) noexcept;
  /// When send_urgent() has something to send; TimePoint::max() if nothing is urgent.
  TimePoint next() const noexcept { return next_; }
  /// Sends the updates to up to 4 members if that is due at `now`.
  void send_urgent(TimePoint now, Random& random);

  /// Sends a member the state that it has here, so that it can refute.
  void notify(const MemberRecord& record) { send(record, {.kind = DatagramKind::gossip}); }

  /// The answer to a SYNC_REQUEST: the members behind `after`, as many as fit.
  void send_members(const MemberRecord& to, std::uint64_t number, const std::string& after);

 private:
  void send_bytes(const PeerAddress& to, const std::string& bytes);

  DatagramPort& port_;
  const Update& self_;
  const MemberTable& table_;
  MembershipMetrics& metrics_;
  GossipQueue queue_;
  TimePoint next_ = TimePoint::max();  // of the next urgent send
  TimePoint sent_{};                   // of the last urgent send
};

}  // namespace exocast::swim
