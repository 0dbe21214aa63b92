// SPDX-License-Identifier: Apache-2.0
// Membership: whom it asks, and what follows when there is no answer.
#include <algorithm>
#include <utility>

#include "cluster/swim/membership.h"

namespace exocast {

using namespace swim;  // NOLINT(google-build-using-namespace)
using Purpose = Question::Purpose;

namespace {

constexpr std::size_t successors = 2;      // one may be gone, too
constexpr std::size_t successors_max = 4;  // with the suspect ones in between
constexpr std::size_t helpers_max = 3;     // as in SWIM
constexpr std::size_t askers_of_gone = 8;  // nodes that ask the same one in an interval, in the mean

}  // namespace

std::uint64_t Membership::draw_number() {
  std::uint64_t number = 0;
  while (number == 0 || questions_.find(number) != nullptr) number = random_();
  return number;
}

void Membership::probe_some() {
  auto chosen = table_.successors(successors, successors_max);
  const auto& live = table_.live();
  if (!live.empty()) chosen.push_back(live[random_.below(live.size())]);
  for (MemberRecord* known : chosen) {
    const Member& member = known->member;
    if (questions_.is_probed(member.id)) continue;
    put({.purpose = Purpose::probe, .to = member.address, .id = member.id, .session = member.session});
  }
}

void Membership::ask(const PeerAddress& address, std::string_view id, std::string_view source, std::size_t most) {
  if (address == self_.address || questions_.is_asked(address)) return;
  const bool room = questions_.wait(
      {.address = address, .id = std::string(id), .source = std::string(source), .most = most}, options_.members_max);
  if (!room) ++metrics_.refused;
  ask_waiting();
}

void Membership::ask_waiting() {
  while (auto next = questions_.admit()) {
    put({.purpose = Purpose::ask,
         .to = std::move(next->address),
         .id = std::move(next->id),
         .most = next->most,
         .source = std::move(next->source)});
  }
}

void Membership::ask_gone() {
  const std::size_t gone = table_.count(MemberState::gone);
  if (gone == 0) return;
  next_gone_ = now() + random_.between(options_.regain_interval * 3 / 4, options_.regain_interval * 5 / 4);
  // Who has lost many asks each time; when many have lost one, some of them are enough.
  const std::size_t nodes = table_.live().size() + 1;
  if (random_.below(nodes) >= askers_of_gone * gone) return;
  std::uint64_t nth = random_.below(gone);
  for (const MemberRecord* known : table_.dead()) {
    const Member& member = known->member;
    if (member.state == MemberState::gone && nth-- == 0) return ask(member.address, member.id, member.source, 1);
  }
}

void Membership::put(Question question) {
  question.begun = now();
  const std::uint64_t number = draw_number();
  send_ping(number, questions_.put(number, std::move(question)));
}

void Membership::send_ping(std::uint64_t number, Question& question) {
  const bool asks = question.purpose == Purpose::ask;
  ++(asks ? metrics_.asks : metrics_.pings);
  ++question.sent;
  const Duration patience =
      asks || question.purpose == Purpose::challenge ? options_.verdict_timeout / 2 : awareness_.ack_timeout();
  question.next = now() + patience;
  wake_by(question.next);
  const Datagram ping{.kind = DatagramKind::ping, .number = number, .introduce = asks};
  const MemberRecord* known = table_.find(question.id);
  if (known != nullptr && known->member.address == question.to) {
    gossip_.send(*known, ping);
  } else {
    gossip_.send_bare(question.to, ping);
  }
}

void Membership::work_on(std::uint64_t number) {
  Question& question = *questions_.find(number);
  if (question.purpose == Purpose::probe && question.sent == 1) {
    const Duration more = awareness_.verdict_timeout() - awareness_.ack_timeout();
    send_ping(number, question);
    ask_others(number, question);
    question.next = std::max(question.begun + awareness_.verdict_timeout(), now() + more);
  } else if (question.purpose != Purpose::probe && question.sent < question.most) {
    send_ping(number, question);
  } else {
    fail(*questions_.take(number));
    ask_waiting();
  }
}

void Membership::ask_others(std::uint64_t number, Question& question) {
  const MemberRecord* about = table_.find(question.id);
  if (about == nullptr) return;
  const auto& live = table_.live();
  const Datagram request{.kind = DatagramKind::ping_request, .number = number, .about = update_of(*about)};
  // Some that stand side by side, from anywhere on the ring: hashes have mixed it.
  const std::size_t first = random_.below(live.size() + 1);
  for (std::size_t i = 0; i < live.size() && question.helpers < helpers_max; ++i) {
    const MemberRecord& helper = *live[(first + i) % live.size()];
    if (&helper == about || helper.member.state != MemberState::healthy) continue;
    if (!is_common(about->member.address, helper.member.address)) continue;
    ++question.helpers;
    ++metrics_.indirect;
    gossip_.send(helper, request);
  }
}

void Membership::fail(const Question& question) {
  MemberRecord* known = table_.find(question.id);
  switch (question.purpose) {
    case Purpose::ask:
      return;
    case Purpose::relay:
      return gossip_.send_to(question.requester, nullptr,
                             {.kind = DatagramKind::nack, .number = question.requester_number});
    case Purpose::probe:
      if (known != nullptr && known->member.session == question.session && known->live()) fail_probe(*known, question);
      return;
    case Purpose::challenge:
      if (known == nullptr || known->member.session != question.session) return;
      if (known->heard >= question.begun) return refuse(*known, question.contender);
      return admit(question.contender, question.capabilities, question.source);
  }
}

void Membership::fail_probe(MemberRecord& known, const Question& question) {
  if (known.heard >= question.begun) return;
  ++metrics_.timeouts;
  // Nobody of those asked has said anything: it may well be this node that does not hear.
  if (question.helpers > 0 && !question.nacked) awareness_.worsen();
  if (known.suspicion) return confirm(known, self_.id);
  suspect(known, self_.id);
  gossip_.tell(known);  // the first to hear of it
}

}  // namespace exocast
