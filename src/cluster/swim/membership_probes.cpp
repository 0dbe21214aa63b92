// SPDX-License-Identifier: Apache-2.0
// Membership: whom it probes, and what follows when there is no ack.
#include <algorithm>
#include <utility>

#include "cluster/swim/membership.h"

namespace exocast {

using namespace swim;  // NOLINT(google-build-using-namespace)
using Purpose = Probe::Purpose;

namespace {

constexpr std::size_t successors = 2;       // one may be gone, too
constexpr std::size_t successors_max = 4;   // with the suspect ones in between
constexpr std::size_t helpers_max = 3;      // as in SWIM
constexpr std::size_t probers_of_gone = 8;  // nodes that ask the same one in an interval, in the mean

}  // namespace

std::uint64_t Membership::draw_number() {
  std::uint64_t number = 0;
  while (number == 0 || probes_.find(number) != nullptr) number = random_();
  return number;
}

void Membership::probe_some() {
  auto chosen = table_.successors(successors, successors_max);
  const auto& live = table_.live();
  if (!live.empty()) chosen.push_back(live[random_.below(live.size())]);
  for (MemberRecord* known : chosen) {
    const Member& member = known->member;
    if (probes_.is_probed(member.id)) continue;
    start_probe({.purpose = Purpose::detect, .to = member.address, .id = member.id, .session = member.session});
  }
}

void Membership::identify(const PeerAddress& address, std::string_view id, std::string_view source, std::size_t most) {
  if (address == self_.address || probes_.is_asked(address)) return;
  const bool room = probes_.wait(
      {.address = address, .id = std::string(id), .source = std::string(source), .most = most}, options_.members_max);
  if (!room) ++metrics_.refused;
  identify_waiting();
}

void Membership::identify_waiting() {
  while (auto next = probes_.admit()) {
    start_probe({.purpose = Purpose::identify,
                 .to = std::move(next->address),
                 .id = std::move(next->id),
                 .most = next->most,
                 .source = std::move(next->source)});
  }
}

void Membership::probe_gone() {
  const std::size_t gone = table_.count(MemberState::gone);
  if (gone == 0) return;
  next_gone_ = now() + random_.between(options_.regain_interval * 3 / 4, options_.regain_interval * 5 / 4);
  // A node that has lost many members probes every time. If many nodes have lost one member, some of them suffice.
  const std::size_t nodes = table_.live().size() + 1;
  if (random_.below(nodes) >= probers_of_gone * gone) return;
  std::uint64_t nth = random_.below(gone);
  for (const MemberRecord* known : table_.dead()) {
    const Member& member = known->member;
    if (member.state == MemberState::gone && nth-- == 0) return identify(member.address, member.id, member.source, 1);
  }
}

void Membership::start_probe(Probe probe) {
  probe.begun = now();
  const std::uint64_t number = draw_number();
  send_ping(number, probes_.put(number, std::move(probe)));
}

void Membership::send_ping(std::uint64_t number, Probe& probe) {
  const bool asks = probe.purpose == Purpose::identify;
  ++(asks ? metrics_.asks : metrics_.pings);
  ++probe.sent;
  const Duration patience =
      asks || probe.purpose == Purpose::challenge ? options_.verdict_timeout / 2 : awareness_.ack_timeout();
  probe.next = now() + patience;
  wake_by(probe.next);
  const Datagram ping{.kind = DatagramKind::ping, .number = number, .introduce = asks};
  const MemberRecord* known = table_.find(probe.id);
  if (known != nullptr && known->member.address == probe.to) {
    gossip_.send(*known, ping);
  } else {
    gossip_.send_bare(probe.to, ping);
  }
}

void Membership::continue_probe(std::uint64_t number) {
  Probe& probe = *probes_.find(number);
  if (probe.purpose == Purpose::detect && probe.sent == 1) {
    const Duration more = awareness_.verdict_timeout() - awareness_.ack_timeout();
    send_ping(number, probe);
    probe_indirectly(number, probe);
    probe.next = std::max(probe.begun + awareness_.verdict_timeout(), now() + more);
  } else if (probe.purpose != Purpose::detect && probe.sent < probe.most) {
    send_ping(number, probe);
  } else {
    probe_failed(*probes_.take(number));
    identify_waiting();
  }
}

void Membership::probe_indirectly(std::uint64_t number, Probe& probe) {
  const MemberRecord* about = table_.find(probe.id);
  if (about == nullptr) return;
  const auto& live = table_.live();
  const Datagram request{.kind = DatagramKind::ping_request, .number = number, .about = update_of(*about)};
  // Neighbours from a random place of the ring are a random choice: the ring is ordered by hashes.
  const std::size_t first = random_.below(live.size() + 1);
  for (std::size_t i = 0; i < live.size() && probe.helpers < helpers_max; ++i) {
    const MemberRecord& helper = *live[(first + i) % live.size()];
    if (&helper == about || helper.member.state != MemberState::healthy) continue;
    if (!is_common(about->member.address, helper.member.address)) continue;
    ++probe.helpers;
    ++metrics_.indirect;
    gossip_.send(helper, request);
  }
}

void Membership::probe_failed(const Probe& probe) {
  MemberRecord* known = table_.find(probe.id);
  switch (probe.purpose) {
    case Purpose::identify:
      return;
    case Purpose::relay:
      return gossip_.send_to(probe.requester, nullptr, {.kind = DatagramKind::nack, .number = probe.requester_number});
    case Purpose::detect:
      if (known != nullptr && known->member.session == probe.session && known->live()) detection_failed(*known, probe);
      return;
    case Purpose::challenge:
      if (known == nullptr || known->member.session != probe.session) return;
      if (known->heard >= probe.begun) return refuse(*known, probe.claimant);
      return admit(probe.claimant, probe.capabilities, probe.source);
  }
}

void Membership::detection_failed(MemberRecord& known, const Probe& probe) {
  if (known.heard >= probe.begun) return;
  ++metrics_.timeouts;
  // No helper has sent an ack or a nack: this node itself may be losing datagrams.
  if (probe.helpers > 0 && !probe.nacked) awareness_.worsen();
  if (known.suspicion) return confirm(known, self_.id);
  suspect(known, self_.id);
  gossip_.tell(known);  // the first to hear of it
}

}  // namespace exocast
