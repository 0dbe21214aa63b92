// SPDX-License-Identifier: Apache-2.0
#include "lane/cursor.h"

#include <algorithm>
#include <cassert>

namespace exocast {

Cursor::Position Cursor::front() const noexcept {
  assert(!empty());
  const Range& range = ranges_.front();
  return {range.first, range.number, range.place};
}

void Cursor::append(const Position& next, std::size_t count) {
  const std::uint64_t position = next.entry->position();
  if (!ranges_.empty()) {
    Range& last = ranges_.back();
    assert(last.position + last.count <= position);
    if (last.position + last.count == position && last.number + last.count == next.number && last.place == next.place) {
      last.count += count;
      return;
    }
  }
  ranges_.push_back(
      {.first = next.entry, .position = position, .number = next.number, .count = count, .place = next.place});
}

void Cursor::pop_front() noexcept {
  assert(!empty());
  Range& range = ranges_.front();
  if (--range.count == 0) return ranges_.pop_front();
  range.first = range.first->next();
  ++range.position;
  ++range.number;
}

std::optional<Cursor::Position> Cursor::take_out(Log::Entry& entry) {
  const std::uint64_t position = entry.position();
  const auto end_of = [](const Range& range) { return range.position + range.count; };
  const auto range = std::ranges::upper_bound(ranges_, position, {}, end_of);
  if (range == ranges_.end() || position < range->position) return std::nullopt;
  const std::size_t before = position - range->position;
  const std::size_t behind = range->count - before - 1;
  Range rest{.first = entry.next(),
             .position = position + 1,
             .number = range->number + before + 1,
             .count = behind,
             .place = range->place};
  const Position found{&entry, range->number + before, range->place};
  range->count = before;
  if (before == 0 && behind == 0) {
    ranges_.erase(range);
  } else if (before == 0) {
    *range = rest;
  } else if (behind > 0) {
    ranges_.insert(range + 1, rest);
  }
  return found;
}

}  // namespace exocast
