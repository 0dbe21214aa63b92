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

  /// Appends a message, which is newer than all others.
  void append(const Position& next);

  /// Removes the oldest message; only if it is not empty().
  void pop_front() noexcept;

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

}  // namespace exocast
