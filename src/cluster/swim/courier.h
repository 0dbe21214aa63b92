// SPDX-License-Identifier: Apache-2.0
#pragma once
// Courier: sends this node's datagrams, with news on their back.
//
// Threading: one thread. Lifetime: all it refers to outlives it.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "cluster/udp/datagram_port.h"
#include "cluster/swim/membership_metrics.h"
#include "cluster/swim/gossip_queue.h"
#include "cluster/swim/member_table.h"
#include "cluster/swim/reach.h"
#include "base/random.h"

namespace exocast::swim {

class Courier {
 public:
  Courier(DatagramPort& port, const Update& self, const MemberTable& table, MembershipMetrics& metrics)
      : port_(port), self_(self), table_(table), metrics_(metrics) {}

  /// There is news of `known`, for those who could reach it, too. Every datagram begins with how this node stands, so
  /// that needs no queue.
  void add_news(Known& known) {
    if (!has_zone(known.member.address.host)) queue_.add(known);
  }

  /// Sends `datagram`, whose sender is filled in, with nothing else: what a stranger gets.
  void send_bare(const PeerAddress& to, Datagram datagram);

  /// Sends it to `to`, whom its news concern first if others think ill of it; then comes what has been told least.
  void send(const Known& to, Datagram datagram) { send_to(to.member.address, &to, std::move(datagram)); }

  /// The same for one who may be at another address.
  void send_to(const PeerAddress& address, const Known* to, Datagram datagram);

  /// Tells the news, and how this node stands, to `most` members, drawn.
  void send_to_some(std::size_t most, Random& random);

  /// Tells `of` what is thought of it, so that it can contradict.
  void tell(const Known& of) { send(of, {.kind = DatagramKind::news}); }

  /// The answer to a SYNC_REQUEST: the members behind `after`, as many as fit.
  void send_members(const Known& to, std::uint64_t number, const std::string& after);

 private:
  void send_bytes(const PeerAddress& to, const std::string& bytes);

  DatagramPort& port_;
  const Update& self_;
  const MemberTable& table_;
  MembershipMetrics& metrics_;
  GossipQueue queue_;
};

}  // namespace exocast::swim
