// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/member_index.h"

#include <utility>

#include "cluster/swim/member_table.h"

namespace exocast::swim {

MemberRecord* MemberIndex::find(std::uint64_t place, std::string_view id) const noexcept {
  std::size_t at = home(place);
  for (; slots_[at].known != nullptr; at = next(at)) {
    if (slots_[at].place == place && slots_[at].known->member.id == id) return slots_[at].known;
  }
  return nullptr;
}

void MemberIndex::put(Slot entry) noexcept {
  std::size_t at = home(entry.place);
  while (slots_[at].known != nullptr) at = next(at);
  slots_[at] = entry;
}

void MemberIndex::insert(MemberRecord& known) {
  if (++count_ > slots_.size() / 2) {
    for (const Slot& entry : std::exchange(slots_, std::vector<Slot>(slots_.size() * 2))) {
      if (entry.known != nullptr) put(entry);
    }
  }
  put({.place = known.place, .known = &known});
}

void MemberIndex::erase(const MemberRecord& known) noexcept {
  std::size_t hole = home(known.place);
  while (slots_[hole].known != &known) hole = next(hole);
  --count_;
  // What stands behind the hole moves into it, unless that is in front of its home.
  for (std::size_t at = next(hole); slots_[at].known != nullptr; at = next(at)) {
    const std::size_t mask = slots_.size() - 1;
    if (((at - home(slots_[at].place)) & mask) < ((at - hole) & mask)) continue;
    slots_[hole] = slots_[at];
    hole = at;
  }
  slots_[hole] = {};
}

}  // namespace exocast::swim
