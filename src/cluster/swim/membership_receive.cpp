// SPDX-License-Identifier: Apache-2.0
// Membership: the datagrams it receives, and its replies.
#include <algorithm>
#include <utility>

#include "cluster/swim/membership.h"
#include "cluster/swim/reach.h"

namespace exocast {

using namespace std::chrono_literals;
using namespace swim;  // NOLINT(google-build-using-namespace)

namespace {

using Purpose = Probe::Purpose;

}  // namespace

void Membership::received(const PeerAddress& from, std::string_view content) noexcept {
  ++metrics_.received;
  metrics_.received_bytes += content.size();
  auto datagram = read(content);
  if (!datagram) {
    ++metrics_.bad[static_cast<std::size_t>(datagram.error())];
    return;
  }
  for (Update* update : {&datagram->sender, datagram->about ? &*datagram->about : nullptr}) {
    if (update != nullptr && is_unspecified(update->address.host)) update->address.host = from.host;
  }
  if (datagram->sender.id == self_.id) {
    receive_from_same_id(*datagram);
  } else {
    route(from, *datagram);
  }
  identify_waiting();
  notify_changes();
}

void Membership::route(const PeerAddress& from, const Datagram& datagram) {
  if (datagram.kind == DatagramKind::ack) acknowledged(datagram);
  const Update& sender = datagram.sender;
  MemberRecord* known = table_.find(sender.id);
  if (known == nullptr || known->member.session != sender.session) {
    receive_from_unknown(known, datagram);
    known = nullptr;
  } else {
    receive_from_member(*known, datagram);
  }
  switch (datagram.kind) {
    case DatagramKind::ping:
      return acknowledge(from, known, datagram);
    case DatagramKind::ping_request:
      if (known != nullptr) relay(*known, datagram);
      return;
    case DatagramKind::nack:
      if (Probe* probe = probes_.find(datagram.number)) probe->nacked = true;
      return;
    case DatagramKind::sync_request:
      if (known == nullptr) return;
      gossip_.send_members(*known, datagram.number, datagram.after);
      if (datagram.introduce) start_exchange(*known, false);
      return;
    case DatagramKind::sync:
      exchange_.receive(datagram);
      return wake_by(exchange_.next());
    case DatagramKind::conflict:
      return receive_conflict(datagram);
    case DatagramKind::ack:
    case DatagramKind::news:
      return;
  }
}

void Membership::receive_from_unknown(MemberRecord* known, const Datagram& datagram) {
  if (datagram.kind == DatagramKind::ack || datagram.sender.state == MemberState::left) return;
  if (known != nullptr && is_refused(*known, datagram.sender)) return refuse(*known, datagram.sender);
  identify(datagram.sender.address, datagram.sender.id, "gossip", identify_pings);
}

void Membership::receive_from_member(MemberRecord& known, const Datagram& datagram) {
  known.heard = now();
  const bool was_gone = known.member.state == MemberState::gone;
  apply(known, datagram.sender, datagram.sender.id);
  for (const Update& news : datagram.updates) receive_update(news, datagram.sender.id);
  if (was_gone && known.live()) start_exchange(known, true);  // it may have been with others meanwhile
  if (known.live()) return;
  if (is_forged(known, datagram.sender)) return identify_again(known, known.member.address);
  if (datagram.kind != DatagramKind::ping &&
      now() >= known.asked + identify_interval) {  // a ping's answer tells it anyway
    known.asked = now();
    gossip_.tell(known);
  }
}

void Membership::acknowledge(const PeerAddress& from, const MemberRecord* sender, const Datagram& ping) {
  Datagram ack{.kind = DatagramKind::ack, .number = ping.number};
  if (ping.introduce) ack.capabilities = capabilities_;
  if (sender != nullptr) {
    gossip_.send_to(from, sender, ack);
  } else {
    gossip_.send_bare(from, ack);
  }
}

void Membership::acknowledged(const Datagram& ack) {
  const Probe* asked = probes_.find(ack.number);
  if (asked == nullptr) return;  // a second answer, or a late one
  Update who = ack.sender;
  who.address = asked->to;
  const bool is_meant = who.id == asked->id && who.session == asked->session;
  if (ack.relayed || (asked->purpose == Purpose::detect && is_meant)) {
    if (asked->purpose == Purpose::detect) probe_succeeded(*probes_.take(ack.number), !ack.relayed);
  } else if (asked->purpose == Purpose::relay) {
    if (!is_meant) return;
    const Probe probe = *probes_.take(ack.number);
    gossip_.send_to(probe.requester, nullptr,
                    {.kind = DatagramKind::ack, .number = probe.requester_number, .relayed = true});
  } else if (asked->purpose == Purpose::challenge && who.id == asked->id) {
    const Probe probe = *probes_.take(ack.number);
    MemberRecord* known = table_.find(who.id);
    if (known != nullptr && known->member.session == who.session) refuse(*known, probe.claimant);
    if (!is_meant) admit_or_challenge(who, ack.capabilities, probe.source);
  } else if (asked->purpose == Purpose::identify) {
    const Probe probe = *probes_.take(ack.number);
    admit_or_challenge(who, ack.capabilities, probe.source);
  } else {
    admit_or_challenge(who, ack.capabilities, "gossip");  // somebody else serves there, or it has started again
  }
}

void Membership::probe_succeeded(const Probe& probe, bool directly) {
  ++metrics_.acks;
  if (directly) awareness_.add_round_trip(now() - probe.begun);
  awareness_.improve();
  heard_from(probe.id);
}

void Membership::relay(const MemberRecord& sender, const Datagram& request) {
  if (probes_.count(Purpose::relay) >= Probes::relays_max || request.about->id == self_.id) return;
  start_probe({.purpose = Purpose::relay,
               .to = request.about->address,
               .id = request.about->id,
               .session = request.about->session,
               .requester = sender.member.address,
               .requester_number = request.number});
}

void Membership::receive_from_same_id(const Datagram& datagram) {
  if (datagram.sender.session == self_.session) return;  // an echo of its own
  if (datagram.kind == DatagramKind::conflict) return receive_conflict(datagram);
  if (datagram.kind != DatagramKind::ping) return;
  send_conflict(self_, datagram.sender);
}

void Membership::receive_conflict(const Datagram& conflict) {
  if (conflict.to_session != self_.session || conflict.about->session == self_.session) return;
  const bool is_younger = conflict.sender.id == self_.id && conflict.age_ms <= age_ms();
  if (is_younger) return;  // it is the one to go
  ++metrics_.conflicts;
  if (on_conflict_) on_conflict_(conflict.about->address);
}

}  // namespace exocast
