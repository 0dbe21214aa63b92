// SPDX-License-Identifier: Apache-2.0
// Membership: what comes from others, and what it is answered.
#include <algorithm>
#include <utility>

#include "cluster/swim/membership.h"
#include "cluster/swim/reach.h"

namespace exocast {

using namespace std::chrono_literals;
using namespace swim;  // NOLINT(google-build-using-namespace)

namespace {

using Purpose = Question::Purpose;

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
    hear_of_namesake(*datagram);
  } else {
    hear(from, *datagram);
  }
  ask_waiting();
  tell_changes();
}

void Membership::hear(const PeerAddress& from, const Datagram& datagram) {
  if (datagram.kind == DatagramKind::ack) acknowledged(datagram);
  const Update& sender = datagram.sender;
  MemberRecord* known = table_.find(sender.id);
  if (known == nullptr || known->member.session != sender.session) {
    hear_of_stranger(known, datagram);
    known = nullptr;
  } else {
    hear_of_member(*known, datagram);
  }
  switch (datagram.kind) {
    case DatagramKind::ping:
      return acknowledge(from, known, datagram);
    case DatagramKind::ping_request:
      if (known != nullptr) relay(*known, datagram);
      return;
    case DatagramKind::nack:
      if (Question* question = questions_.find(datagram.number)) question->nacked = true;
      return;
    case DatagramKind::sync_request:
      if (known == nullptr) return;
      gossip_.send_members(*known, datagram.number, datagram.after);
      if (datagram.introduce) start_sync(*known, false);
      return;
    case DatagramKind::sync:
      exchange_.receive(datagram);
      return wake_by(exchange_.next());
    case DatagramKind::conflict:
      return hear_conflict(datagram);
    case DatagramKind::ack:
    case DatagramKind::news:
      return;
  }
}

void Membership::hear_of_stranger(MemberRecord* known, const Datagram& datagram) {
  if (datagram.kind == DatagramKind::ack || datagram.sender.state == MemberState::left) return;
  if (known != nullptr && is_refused(*known, datagram.sender)) return refuse(*known, datagram.sender);
  ask(datagram.sender.address, datagram.sender.id, "gossip", asks_of_candidate);
}

void Membership::hear_of_member(MemberRecord& known, const Datagram& datagram) {
  known.heard = now();
  const bool was_gone = known.member.state == MemberState::gone;
  apply(known, datagram.sender, datagram.sender.id);
  for (const Update& news : datagram.updates) hear_news(news, datagram.sender.id);
  if (was_gone && known.live()) start_sync(known, true);  // it may have been with others meanwhile
  if (known.live()) return;
  if (is_forged(known, datagram.sender)) return ask_again(known, known.member.address);
  if (datagram.kind != DatagramKind::ping && now() >= known.asked + courtesy) {  // a ping's answer tells it anyway
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
  const Question* asked = questions_.find(ack.number);
  if (asked == nullptr) return;  // a second answer, or a late one
  Update who = ack.sender;
  who.address = asked->to;
  const bool is_meant = who.id == asked->id && who.session == asked->session;
  if (ack.relayed || (asked->purpose == Purpose::probe && is_meant)) {
    if (asked->purpose == Purpose::probe) probe_succeeded(*questions_.take(ack.number), !ack.relayed);
  } else if (asked->purpose == Purpose::relay) {
    if (!is_meant) return;
    const Question question = *questions_.take(ack.number);
    gossip_.send_to(question.requester, nullptr,
                    {.kind = DatagramKind::ack, .number = question.requester_number, .relayed = true});
  } else if (asked->purpose == Purpose::challenge && who.id == asked->id) {
    const Question question = *questions_.take(ack.number);
    MemberRecord* known = table_.find(who.id);
    if (known != nullptr && known->member.session == who.session) refuse(*known, question.contender);
    if (!is_meant) identified(who, ack.capabilities, question.source);
  } else if (asked->purpose == Purpose::ask) {
    const Question question = *questions_.take(ack.number);
    identified(who, ack.capabilities, question.source);
  } else {
    identified(who, ack.capabilities, "gossip");  // somebody else serves there, or it has started again
  }
}

void Membership::probe_succeeded(const Question& question, bool directly) {
  ++metrics_.acks;
  if (directly) awareness_.add_round_trip(now() - question.begun);
  awareness_.improve();
  heard_from(question.id);
}

void Membership::relay(const MemberRecord& sender, const Datagram& request) {
  if (questions_.count(Purpose::relay) >= Questions::relays_max || request.about->id == self_.id) return;
  put({.purpose = Purpose::relay,
       .to = request.about->address,
       .id = request.about->id,
       .session = request.about->session,
       .requester = sender.member.address,
       .requester_number = request.number});
}

void Membership::hear_of_namesake(const Datagram& datagram) {
  if (datagram.sender.session == self_.session) return;  // an echo of its own
  if (datagram.kind == DatagramKind::conflict) return hear_conflict(datagram);
  if (datagram.kind != DatagramKind::ping) return;
  send_conflict(self_, datagram.sender);
}

void Membership::hear_conflict(const Datagram& conflict) {
  if (conflict.to_session != self_.session || conflict.about->session == self_.session) return;
  const bool is_younger = conflict.sender.id == self_.id && conflict.age_ms <= age_ms();
  if (is_younger) return;  // it is the one to go
  ++metrics_.conflicts;
  if (on_conflict_) on_conflict_(conflict.about->address);
}

}  // namespace exocast
