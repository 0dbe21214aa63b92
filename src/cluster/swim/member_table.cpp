// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/member_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/random.h"

namespace exocast::swim {
namespace {

std::uint64_t place_of_id(std::string_view id) noexcept {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, then mixed: its low bytes alone follow the id's last ones
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return Random(hash)();
}

bool before(const MemberRecord* left, const MemberRecord* right) noexcept {
  return std::tie(left->place, left->member.id) < std::tie(right->place, right->member.id);
}

}  // namespace

bool supersedes(const Update& news, const Member& known) noexcept {
  return std::tie(news.incarnation, news.state) > std::tie(known.incarnation, known.state);
}

Update update_of(const MemberRecord& known) {
  const Member& member = known.member;
  return {.id = member.id,
          .address = member.address,
          .session = member.session,
          .incarnation = member.incarnation,
          .state = member.state,
          .accuser = known.suspicion ? known.suspicion->accuser() : std::string()};
}

MemberTable::MemberTable(std::string_view self) : self_place_(place_of_id(self)) {}

MemberRecord* MemberTable::find(std::string_view id) noexcept { return by_id_.find(place_of_id(id), id); }

const MemberRecord* MemberTable::find(std::string_view id) const noexcept { return by_id_.find(place_of_id(id), id); }

const MemberRecord* MemberTable::healthy_at(const PeerAddress& address) const noexcept {
  const auto found = std::ranges::find_if(ring_, [&](const MemberRecord* known) {
    return known->member.state == MemberState::healthy && known->member.address == address;
  });
  return found == ring_.end() ? nullptr : *found;
}

std::vector<MemberRecord*>::iterator MemberTable::place_of(const MemberRecord& known) {
  return std::ranges::lower_bound(ring_, &known, before);
}

MemberRecord& MemberTable::add(Member member) {
  MemberRecord& known = all_.try_emplace(member.id).first->second;
  known.place = place_of_id(member.id);
  known.member = std::move(member);
  known.member.state = MemberState::healthy;
  by_id_.insert(known);
  ring_.insert(place_of(known), &known);
  ++count_of(MemberState::healthy);
  return known;
}

void MemberTable::set_state(MemberRecord& known, MemberState state, TimePoint now) {
  const bool was_live = known.live();
  if (!was_live) std::erase(dead_, &known);
  if (known.member.state == MemberState::suspect) std::erase(suspects_, &known);
  if (state == MemberState::suspect) suspects_.push_back(&known);
  --count_of(known.member.state);
  ++count_of(state);
  known.member.state = state;
  known.member.since = now;
  if (state != MemberState::suspect) known.suspicion.reset();
  if (!known.live()) dead_.push_back(&known);
  if (was_live && !known.live()) ring_.erase(place_of(known));
  if (!was_live && known.live()) ring_.insert(place_of(known), &known);
}

std::size_t MemberTable::forget(TimePoint time, std::size_t most) {
  auto end = dead_.begin();
  for (; end != dead_.end(); ++end) {
    const bool is_recent = (*end)->member.since >= time;
    const bool has_room = static_cast<std::size_t>(dead_.end() - end) <= most;
    if (is_recent && has_room) break;
    --count_of((*end)->member.state);
    by_id_.erase(**end);
    all_.erase(all_.find((*end)->member.id));
  }
  const auto forgotten = static_cast<std::size_t>(end - dead_.begin());
  dead_.erase(dead_.begin(), end);
  return forgotten;
}

std::vector<MemberRecord*> MemberTable::successors(std::size_t count, std::size_t most) const {
  std::vector<MemberRecord*> next;
  const auto behind = std::ranges::upper_bound(ring_, self_place_, {}, &MemberRecord::place);
  const auto first = static_cast<std::size_t>(behind - ring_.begin());
  for (std::size_t i = 0; i < ring_.size() && count > 0 && next.size() < most; ++i) {
    MemberRecord* known = ring_[(first + i) % ring_.size()];
    next.push_back(known);
    if (known->member.state == MemberState::healthy) --count;
  }
  return next;
}

}  // namespace exocast::swim
