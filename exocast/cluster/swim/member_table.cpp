// SPDX-License-Identifier: Apache-2.0
#include "exocast/cluster/swim/member_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "exocast/runtime/sim.h"

namespace exocast::swim {
namespace {

std::uint64_t place_of_id(std::string_view id) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, then mixed: its low bytes alone follow the id's last ones
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return Random(hash)();
}

bool before(const Known* left, const Known* right) noexcept {
  return std::tie(left->place, left->member.id) < std::tie(right->place, right->member.id);
}

}  // namespace

bool supersedes(const Update& news, const Member& known) noexcept {
  return std::tie(news.incarnation, news.state) > std::tie(known.incarnation, known.state);
}

Update update_of(const Known& known) {
  const Member& member = known.member;
  return {.id = member.id,
          .address = member.address,
          .session = member.session,
          .incarnation = member.incarnation,
          .state = member.state,
          .accuser = known.suspicion ? known.suspicion->accuser() : std::string()};
}

MemberTable::MemberTable(std::string_view self) : self_place_(place_of_id(self)) {}

Known* MemberTable::find(std::string_view id) noexcept {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

const Known* MemberTable::find(std::string_view id) const noexcept {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

const Known* MemberTable::healthy_at(const PeerAddress& address) const noexcept {
  const auto found = std::ranges::find_if(ring_, [&](const Known* known) {
    return known->member.state == MemberState::healthy && known->member.address == address;
  });
  return found == ring_.end() ? nullptr : *found;
}

std::vector<Known*>::iterator MemberTable::place_of(const Known& known) {
  return std::ranges::lower_bound(ring_, &known, before);
}

Known& MemberTable::add(Member member) {
  const auto at = all_.emplace(member.id, Known()).first;
  Known& known = at->second;
  by_id_.emplace(at->first, &known);
  known.place = place_of_id(member.id);
  known.member = std::move(member);
  known.member.state = MemberState::healthy;
  ring_.insert(place_of(known), &known);
  ++count_of(MemberState::healthy);
  return known;
}

void MemberTable::set_state(Known& known, MemberState state, TimePoint now) {
  const bool was_live = known.live();
  if (known.member.state == MemberState::suspect) std::erase(suspects_, &known);
  if (state == MemberState::suspect) suspects_.push_back(&known);
  --count_of(known.member.state);
  ++count_of(state);
  known.member.state = state;
  known.member.since = now;
  if (state != MemberState::suspect) known.suspicion.reset();
  if (was_live && !known.live()) ring_.erase(place_of(known));
  if (!was_live && known.live()) ring_.insert(place_of(known), &known);
}

std::size_t MemberTable::forget(TimePoint time, std::size_t most) {
  std::size_t dead = count(MemberState::gone) + count(MemberState::left);
  if (dead == 0) return 0;
  std::vector<std::pair<TimePoint, const std::string*>> order;
  for (const auto& [id, known] : all_) {
    if (!known.live()) order.emplace_back(known.member.since, &id);
  }
  std::ranges::sort(order, {}, &std::pair<TimePoint, const std::string*>::first);
  std::size_t forgotten = 0;
  for (const auto& [since, id] : order) {
    if (since >= time && dead <= most) break;
    const auto found = all_.find(*id);
    --count_of(found->second.member.state);
    by_id_.erase(found->first);
    all_.erase(found);
    --dead;
    ++forgotten;
  }
  return forgotten;
}

std::vector<Known*> MemberTable::successors(std::size_t count, std::size_t most) const {
  std::vector<Known*> next;
  const auto behind = std::ranges::upper_bound(ring_, self_place_, {}, &Known::place);
  const auto first = static_cast<std::size_t>(behind - ring_.begin());
  for (std::size_t i = 0; i < ring_.size() && count > 0 && next.size() < most; ++i) {
    Known* known = ring_[(first + i) % ring_.size()];
    next.push_back(known);
    if (known->member.state == MemberState::healthy) --count;
  }
  return next;
}

}  // namespace exocast::swim
