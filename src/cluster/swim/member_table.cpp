// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/member_table.h"

#include <algorithm>
#include <cassert>
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

bool supersedes(const Update& update, const Member& member) noexcept {
  return std::tie(update.incarnation, update.state) > std::tie(member.incarnation, member.state);
}

Update update_of(const MemberRecord& record) {
  const Member& member = record.member;
  return {.id = member.id,
          .address = member.address,
          .session = member.session,
          .incarnation = member.incarnation,
          .state = member.state,
          .accuser = record.suspicion ? record.suspicion->accuser() : std::string()};
}

MemberTable::MemberTable(std::string_view self) : self_place_(place_of_id(self)) {}

const MemberRecord* MemberTable::find(std::string_view id) const noexcept {
  // Places are uniform, so the slot is near its share of the table: a short walk mispredicts less than a binary search.
  const std::uint64_t place = place_of_id(id);
  __extension__ using Wide = unsigned __int128;
  auto slot = by_place_.begin() + static_cast<std::ptrdiff_t>((Wide(place) * by_place_.size()) >> 64);
  while (slot != by_place_.begin() && (slot - 1)->place >= place) --slot;
  while (slot != by_place_.end() && slot->place < place) ++slot;
  for (; slot != by_place_.end() && slot->place == place; ++slot) {
    if (slot->record->member.id == id) return slot->record;
  }
  return nullptr;
}

MemberRecord* MemberTable::find(std::string_view id) noexcept {
  return const_cast<MemberRecord*>(std::as_const(*this).find(id));
}

const MemberRecord* MemberTable::healthy_at(const PeerAddress& address) const noexcept {
  const auto found = std::ranges::find_if(ring_, [&](const MemberRecord* record) {
    return record->member.state == MemberState::healthy && record->member.address == address;
  });
  return found == ring_.end() ? nullptr : *found;
}

std::vector<MemberRecord*>::iterator MemberTable::place_of(const MemberRecord& record) {
  return std::ranges::lower_bound(ring_, &record, before);
}

MemberRecord& MemberTable::add(Member member) {
  const auto [entry, is_new] = all_.try_emplace(member.id);
  assert(is_new);
  MemberRecord& record = entry->second;
  record.place = place_of_id(member.id);
  record.member = std::move(member);
  record.member.state = MemberState::healthy;
  by_place_.insert(std::ranges::lower_bound(by_place_, record.place, {}, &Slot::place), {record.place, &record});
  ring_.insert(place_of(record), &record);
  ++count_of(MemberState::healthy);
  return record;
}

void MemberTable::set_state(MemberRecord& record, MemberState state, TimePoint now) {
  assert(now >= record.member.since);
  changed_ = true;
  const bool was_live = record.live();
  if (!was_live) std::erase(dead_, &record);
  if (record.member.state == MemberState::suspect) std::erase(suspects_, &record);
  if (state == MemberState::suspect) suspects_.push_back(&record);
  --count_of(record.member.state);
  ++count_of(state);
  record.member.state = state;
  record.member.since = now;
  if (state != MemberState::suspect) record.suspicion.reset();
  if (!record.live()) dead_.push_back(&record);
  if (was_live && !record.live()) ring_.erase(place_of(record));
  if (!was_live && record.live()) ring_.insert(place_of(record), &record);
}

std::size_t MemberTable::forget(TimePoint time, std::size_t most) {
  auto end = dead_.begin();
  for (; end != dead_.end(); ++end) {
    const bool is_recent = (*end)->member.since >= time;
    const bool has_room = static_cast<std::size_t>(dead_.end() - end) <= most;
    if (is_recent && has_room) break;
    --count_of((*end)->member.state);
    std::erase_if(by_place_, [&](const Slot& slot) { return slot.record == *end; });
    all_.erase(all_.find((*end)->member.id));
  }
  const auto forgotten = static_cast<std::size_t>(end - dead_.begin());
  dead_.erase(dead_.begin(), end);
  if (forgotten > 0) changed_ = true;
  return forgotten;
}

std::vector<MemberRecord*> MemberTable::successors(std::size_t count, std::size_t most) const {
  std::vector<MemberRecord*> next;
  const auto behind = std::ranges::upper_bound(ring_, self_place_, {}, &MemberRecord::place);
  const auto first = static_cast<std::size_t>(behind - ring_.begin());
  for (std::size_t i = 0; i < ring_.size() && count > 0 && next.size() < most; ++i) {
    MemberRecord* record = ring_[(first + i) % ring_.size()];
    next.push_back(record);
    if (record->member.state == MemberState::healthy) --count;
  }
  return next;
}

}  // namespace exocast::swim
