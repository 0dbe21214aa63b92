// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/prober.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "cluster/swim/reach.h"

namespace exocast::swim {
namespace {

using namespace std::chrono_literals;
using Purpose = Probe::Purpose;

constexpr std::size_t successors = 2;             // one may be gone, too
constexpr std::size_t successors_max = 4;         // with the suspect ones in between
constexpr std::size_t helpers_max = 3;            // as in SWIM
constexpr std::size_t probers_of_gone = 8;        // nodes that probe the same one in an interval, in the mean
constexpr Duration identify_again_after = 500ms;  // limits the pings of one member whose updates are implausible

}  // namespace

void Prober::probe_members() {
  auto chosen = table_.successors(successors, successors_max);
  const auto& live = table_.live();
  if (!live.empty()) chosen.push_back(live[random_.below(live.size())]);
  for (const MemberRecord* record : chosen) {
    const Member& member = record->member;
    if (is_under_way(Purpose::detect, member.id)) continue;
    start({.purpose = Purpose::detect, .to = member.address, .id = member.id, .session = member.session});
  }
  if (alarm_.now() >= next_gone_) probe_gone();
}

void Prober::probe_gone() {
  const std::size_t gone = table_.count(MemberState::gone);
  if (gone == 0) return;
  next_gone_ = alarm_.now() + random_.between(options_.regain_interval * 3 / 4, options_.regain_interval * 5 / 4);
  // A node that has lost many members probes every time. If many nodes have lost one member, some of them suffice.
  const std::size_t nodes = table_.live().size() + 1;
  if (random_.below(nodes) >= probers_of_gone * gone) return;
  std::uint64_t nth = random_.below(gone);
  for (const MemberRecord* record : table_.dead()) {
    const Member& member = record->member;
    if (member.state == MemberState::gone && nth-- == 0) return identify(member.address, member.id, member.source, 1);
  }
}

void Prober::identify(const PeerAddress& address, std::string_view id, std::string_view source, std::size_t pings) {
  assert(pings > 0);
  if (address == self_.address || addresses_.contains(address)) return;
  if (queue_.size() >= options_.members_max) {
    ++metrics_.refused;
    return;
  }
  addresses_.insert(address);
  queue_.push_back({.purpose = Purpose::identify,
                    .to = address,
                    .id = std::string(id),
                    .most = pings,
                    .source = std::string(source)});
  identify_waiting();
}

void Prober::identify_waiting() {
  while (!queue_.empty() && addresses_.size() - queue_.size() < identify_max) {
    Probe next = std::move(queue_.front());
    queue_.pop_front();
    start(std::move(next));
  }
}

void Prober::identify_again(MemberRecord& record, const PeerAddress& address) {
  if (alarm_.now() < record.asked + identify_again_after) return;
  record.asked = alarm_.now();
  identify(address, record.member.id, "gossip", 1);
}

void Prober::challenge(const MemberRecord& owner, const Update& claimant,
                       const std::optional<DeviceCapabilities>& capabilities, const std::string& source) {
  assert(owner.member.id == claimant.id && owner.member.session != claimant.session);
  if (is_under_way(Purpose::challenge, claimant.id)) return;
  start({.purpose = Purpose::challenge,
         .to = owner.member.address,
         .id = claimant.id,
         .session = owner.member.session,
         .most = identify_pings,
         .source = source,
         .claimant = claimant,
         .capabilities = capabilities});
}

void Prober::relay(const MemberRecord& requester, const Datagram& request) {
  assert(request.about.has_value());
  const auto relays =
      std::ranges::count(pending_, Purpose::relay, [](const auto& entry) { return entry.second.purpose; });
  if (static_cast<std::size_t>(relays) >= relays_max || request.about->id == self_.id) return;
  start({.purpose = Purpose::relay,
         .to = request.about->address,
         .id = request.about->id,
         .session = request.about->session,
         .requester = requester.member.address,
         .requester_number = request.number});
}

void Prober::start(Probe probe) {
  probe.begun = alarm_.now();
  std::uint64_t number = 0;
  while (number == 0 || pending_.contains(number)) number = random_();
  send_ping(number, pending_.emplace(number, std::move(probe)).first->second);
}

void Prober::send_ping(std::uint64_t number, Probe& probe) {
  const bool identifies = probe.purpose == Purpose::identify;
  ++(identifies ? metrics_.asks : metrics_.pings);
  ++probe.sent;
  const bool is_fixed = identifies || probe.purpose == Purpose::challenge;
  probe.next = alarm_.now() + (is_fixed ? options_.verdict_timeout / 2 : awareness_.ack_timeout());
  alarm_.wake_by(probe.next);
  const Datagram ping{.kind = DatagramKind::ping, .number = number, .introduce = identifies};
  const MemberRecord* record = table_.find(probe.id);
  if (record != nullptr && record->member.address == probe.to) {
    gossip_.send(*record, ping);
  } else {
    gossip_.send_bare(probe.to, ping);
  }
}

bool Prober::send_again(std::uint64_t number, Probe& probe) {
  if (probe.purpose != Purpose::detect) {
    if (probe.sent >= probe.most) return false;
    send_ping(number, probe);
    return true;
  }
  if (probe.sent > 1) return false;
  const Duration more = awareness_.verdict_timeout() - awareness_.ack_timeout();
  send_ping(number, probe);
  probe_indirectly(number, probe);
  probe.next = std::max(probe.begun + awareness_.verdict_timeout(), alarm_.now() + more);
  return true;
}

void Prober::probe_indirectly(std::uint64_t number, Probe& probe) {
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

std::optional<Prober::Answer> Prober::receive_ack(const Datagram& ack) {
  const auto found = pending_.find(ack.number);
  if (found == pending_.end()) return std::nullopt;  // a second ack, or a late one
  const Probe& probe = found->second;
  Update who = ack.sender;
  who.address = probe.to;
  const bool is_named = who.id == probe.id;
  const bool is_meant = is_named && who.session == probe.session;
  if (ack.relayed || (probe.purpose == Purpose::detect && is_meant)) {
    if (probe.purpose == Purpose::detect) succeeded(take(ack.number), !ack.relayed);
    return std::nullopt;
  }
  if (probe.purpose == Purpose::relay) {
    if (!is_meant) return std::nullopt;
    const Probe ended = take(ack.number);
    gossip_.send_to(ended.requester, nullptr,
                    {.kind = DatagramKind::ack, .number = ended.requester_number, .relayed = true});
    return std::nullopt;
  }
  if (probe.purpose == Purpose::identify || (probe.purpose == Purpose::challenge && is_named)) {
    return Answer{.who = std::move(who), .probe = take(ack.number)};
  }
  // Another node serves there, or the member has started again.
  return Answer{.who = std::move(who), .probe = {.source = "gossip"}};
}

void Prober::receive_nack(std::uint64_t number) noexcept {
  if (const auto found = pending_.find(number); found != pending_.end()) found->second.nacked = true;
}

void Prober::succeeded(const Probe& probe, bool directly) {
  ++metrics_.acks;
  if (directly) awareness_.add_round_trip(alarm_.now() - probe.begun);
  awareness_.improve();
  if (MemberRecord* record = table_.find(probe.id)) record->heard = alarm_.now();
}

std::optional<Prober::Failure> Prober::take_failure() {
  for (;;) {
    identify_waiting();
    const auto due =
        std::ranges::find_if(pending_, [&](const auto& entry) { return entry.second.next <= alarm_.now(); });
    if (due == pending_.end()) return std::nullopt;
    if (send_again(due->first, due->second)) continue;
    Probe probe = take(due->first);
    MemberRecord* record = table_.find(probe.id);
    if (has_failed(record, probe)) return Failure{.record = *record, .probe = std::move(probe)};
  }
}

TimePoint Prober::next() const noexcept {
  TimePoint next = TimePoint::max();
  for (const auto& [number, probe] : pending_) next = std::min(next, probe.next);
  return next;
}

bool Prober::has_failed(const MemberRecord* record, const Probe& probe) {
  if (probe.purpose == Purpose::relay) {
    gossip_.send_to(probe.requester, nullptr, {.kind = DatagramKind::nack, .number = probe.requester_number});
  }
  if (probe.purpose == Purpose::relay || probe.purpose == Purpose::identify) return false;
  if (record == nullptr || record->member.session != probe.session) return false;
  if (probe.purpose == Purpose::challenge) return true;
  if (!record->live() || record->heard >= probe.begun) return false;
  ++metrics_.timeouts;
  // No helper has sent an ack or a nack: this node itself may be losing datagrams.
  if (probe.helpers > 0 && !probe.nacked) awareness_.worsen();
  return true;
}

/// Removes a probe that has ended.
Probe Prober::take(std::uint64_t number) {
  auto entry = pending_.extract(number);
  assert(!entry.empty());
  if (entry.mapped().purpose == Purpose::identify) addresses_.erase(entry.mapped().to);
  return std::move(entry.mapped());
}

bool Prober::is_under_way(Purpose purpose, const std::string& id) const noexcept {
  return std::ranges::any_of(
      pending_, [&](const auto& entry) { return entry.second.purpose == purpose && entry.second.id == id; });
}

}  // namespace exocast::swim
