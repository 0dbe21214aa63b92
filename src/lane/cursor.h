// SPDX-License-Identifier: Apache-2.0
#pragma once
// Cursor: which messages of a log wait for one peer: ranges of positions. The policy alone: no link, no clock.
//
// While the peer takes every message there is one range, from the first message that it has not been sent to the head
// of the log. Each message that is taken out because it is an exception there splits a range in two.
// Threading: one thread. Lifetime: an entry leaves the cursor before it leaves its log.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "lane/log.h"

namespace exocast {

class Cursor {
 public:
  /// One waiting message.
  struct Position {
    Log::Entry* entry;
    std::uint64_t number;  ///< its number in the peer's lane
    std::uint32_t place;   ///< the peer's index among the receivers of the message
  };

  bool empty() const noexcept { return ranges_.empty(); }

  /// The oldest message; only if it is not empty().
  Position front() const noexcept;

  /// Appends `count` messages, 1 or more, from `next` on, which are newer than all others and have consecutive
  /// positions and numbers.
  void append(const Position& next, std::size_t count = 1);

  /// Removes the oldest message; only if it is not empty().
  void pop_front() noexcept;

  /// Removes the oldest messages, of one range, one after another as long as `take(position)` returns true and they are
  /// numbered below `end`. Returns how many.
  template <class Take>
  std::size_t take(std::uint64_t end, Take take);

  /// Removes `entry`; nothing if it is not in the cursor.
  std::optional<Position> take_out(Log::Entry& entry);

 private:
  /// Messages with consecutive positions and consecutive numbers.
  struct Range {
    Log::Entry* first;
    std::uint64_t position;  // of the first
    std::uint64_t number;    // of the first
    std::size_t count;
    std::uint32_t place;
  };
  std::deque<Range> ranges_;  // the oldest first
};

template <class Take>
std::size_t Cursor::take(std::uint64_t end, Take take) {
  Range& range = ranges_.front();
  Log::Entry* entry = range.first;
  std::size_t taken = 0;
  while (taken < range.count && range.number + taken < end &&
         take(Position{entry, range.number + taken, range.place})) {
    ++taken;
    entry = entry->next();
  }
  if (taken == range.count) {
    ranges_.pop_front();
  } else {
    range = {entry, range.position + taken, range.number + taken, range.count - taken, range.place};
  }
  return taken;
}

}  // namespace exocast
