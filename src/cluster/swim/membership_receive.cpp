// SPDX-License-Identifier: Apache-2.0
// Membership: the datagrams it receives, and its replies.
#include "cluster/swim/membership.h"
#include "cluster/swim/reach.h"

namespace exocast {

using namespace std::chrono_literals;
using namespace swim;  // NOLINT(google-build-using-namespace)

namespace {

constexpr Duration notify_again_after = 500ms;

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
  prober_.identify_waiting();
  notify_changes();
}

void Membership::route(const PeerAddress& from, const Datagram& datagram) {
  if (datagram.kind == DatagramKind::ack) receive_ack(datagram);  // it may admit the sender
  MemberRecord* sender = table_.find(datagram.sender.id);
  if (sender == nullptr || sender->member.session != datagram.sender.session) {
    receive_from_unknown(sender, datagram);
    sender = nullptr;
  } else {
    receive_from_member(*sender, datagram);
  }
  switch (datagram.kind) {
    case DatagramKind::ping:
      return receive_ping(from, sender, datagram);
    case DatagramKind::ping_request:
      if (sender != nullptr) prober_.relay(*sender, datagram);
      return;
    case DatagramKind::nack:
      return prober_.receive_nack(datagram.number);
    case DatagramKind::sync_request:
      if (sender == nullptr) return;
      gossip_.send_members(*sender, datagram.number, datagram.after);
      if (datagram.introduce) start_exchange(*sender, false);
      return;
    case DatagramKind::sync:
      exchange_.receive(datagram);
      return alarm_.wake_by(exchange_.next());
    case DatagramKind::conflict:
      return receive_conflict(datagram);
    case DatagramKind::ack:
    case DatagramKind::gossip:
      return;
  }
}

/// `former`: a member with the sender's id, but another session; or null.
void Membership::receive_from_unknown(MemberRecord* former, const Datagram& datagram) {
  const Update& sender = datagram.sender;
  if (datagram.kind == DatagramKind::ack || sender.state == MemberState::left) return;
  if (former != nullptr && is_refused(*former, sender)) return refuse(*former, sender);
  prober_.identify(sender.address, sender.id, "gossip", Prober::identify_pings);
}

void Membership::receive_from_member(MemberRecord& record, const Datagram& datagram) {
  record.heard = now();
  const bool was_gone = record.member.state == MemberState::gone;
  suspicions_.apply(record, datagram.sender, datagram.sender.id);
  for (const Update& update : datagram.updates) receive_update(update, datagram.sender.id);
  if (was_gone && record.live()) start_exchange(record, true);  // it may have been with others meanwhile
  if (record.live()) return;
  if (Suspicions::is_implausible_step(datagram.sender.incarnation, record.member.incarnation)) {  // forged
    return prober_.identify_again(record, record.member.address);
  }
  if (datagram.kind == DatagramKind::ping) return;  // the ack contains the update
  if (now() < record.asked + notify_again_after) return;
  record.asked = now();
  gossip_.notify(record);
}

void Membership::receive_update(const Update& update, const std::string& reporter) {
  if (update.id == self_.id) return suspicions_.receive_own_state(update);
  MemberRecord* record = table_.find(update.id);
  if (record == nullptr) {
    const bool is_live = update.state == MemberState::healthy || update.state == MemberState::suspect;
    if (is_live) prober_.identify(update.address, update.id, "gossip", Prober::identify_pings);
    return;
  }
  const Member& member = record->member;
  if (member.session != update.session) {
    if (update.state != MemberState::healthy || is_refused(*record, update)) return;
    return prober_.identify_again(*record, update.address);
  }
  const bool contradicts_gone = update.state == MemberState::healthy && member.state == MemberState::gone &&
                                update.incarnation == member.incarnation && reporter != member.id;
  if (contradicts_gone) return prober_.identify_again(*record, member.address);
  suspicions_.apply(*record, update, reporter);
}

void Membership::receive_ping(const PeerAddress& from, const MemberRecord* sender, const Datagram& ping) {
  Datagram ack{.kind = DatagramKind::ack, .number = ping.number};
  if (ping.introduce) ack.capabilities = capabilities_;
  if (sender != nullptr) {
    gossip_.send_to(from, sender, ack);
  } else {
    gossip_.send_bare(from, ack);
  }
}

void Membership::receive_ack(const Datagram& ack) {
  const auto answer = prober_.receive_ack(ack);
  if (!answer) return;
  const auto& [who, probe] = *answer;
  if (probe.purpose == Probe::Purpose::challenge) {
    MemberRecord* owner = table_.find(who.id);
    if (owner != nullptr && owner->member.session == who.session) refuse(*owner, probe.claimant);
    if (probe.session == who.session) return;
  }
  admit_or_challenge(who, ack.capabilities, probe.source);
}

}  // namespace exocast
