// SPDX-License-Identifier: Apache-2.0
#pragma once
// LaneQueue: the line of what waits to be sent to one peer, and what of it may be sent next. The policy alone: it knows
// no link, no clock and no scheduler.
//
// Each stream class has a line of its own, in the order of arrival. A stream is what has the same kind, request id and
// key; it never overtakes itself. What may be sent next depends on the link:
//   ordered      the whole line is one stream, for several batches may be under way and arrive in their order;
//   not ordered  one batch a stream is under way; other streams go past those that wait. The search for one looks at
//                `looked_at_max` items, so that a long line costs no more than that.
// Threading: one thread, no locks. Lifetime: items leave by themselves.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lane/lane_item.h"

namespace exocast {

class LaneQueue {
 public:
  /// Of one line, when looking for what may be sent beside what is in front of it.
  static constexpr std::size_t looked_at_max = 64;

  /// The stream that a message belongs to, as a hash.
  static std::uint32_t stream_of(const Message& message, std::string_view key = {}) noexcept;

  std::size_t messages() const noexcept { return messages_; }
  std::size_t bytes() const noexcept { return bytes_; }
  bool empty() const noexcept { return messages_ == 0; }
  bool empty(StreamClass of) const noexcept { return line(of).items.empty(); }

  /// The same of the line of one class.
  std::size_t messages(StreamClass of) const noexcept { return line(of).messages; }
  std::size_t bytes(StreamClass of) const noexcept { return line(of).bytes; }

  /// The first in the line of `of`; nullptr if it is empty.
  LaneItem* front(StreamClass of) const noexcept { return line(of).items.front(); }

  /// Puts `item` last in the line of its class.
  void push(LaneItem& item) noexcept;

  /// Puts `item` to where `older`, which waits in the line of its class, is; that one is out.
  void replace(LaneItem& older, LaneItem& item) noexcept;

  /// Puts `items`, which were taken and are in the order of the line, back to where they were.
  void put_back(std::span<LaneItem* const> items) noexcept;

  /// Takes `item`, which is in it, out.
  void remove(LaneItem& item) noexcept;

  /// The last item that came with class `of` and `key`, which is not "", if it still waits; else nullptr.
  LaneItem* find_key(StreamClass of, std::string_view key) const noexcept;

  /// What may be sent next of class `of` on a link with `traits`, while `busy` are the streams of batches under way;
  /// nullptr if nothing may.
  LaneItem* next(StreamClass of, const LinkTraits& traits, std::span<const std::size_t> busy) const noexcept;

  /// Takes a batch that begins with `first`, which next() has named: as much of what is behind it as `traits` allow.
  void take(LaneItem& first, const LinkTraits& traits, std::vector<LaneItem*>& batch);

 private:
  struct Line {
    IntrusiveList<LaneItem> items;
    std::size_t messages = 0;
    std::size_t bytes = 0;
    std::unordered_map<std::string_view, LaneItem*> keys = {};  // the last with each, if it waits
  };
  Line& line(StreamClass of) noexcept { return lines_[static_cast<std::size_t>(of)]; }
  const Line& line(StreamClass of) const noexcept { return lines_[static_cast<std::size_t>(of)]; }
  void count_in(Line& line, LaneItem& item) noexcept;

  std::array<Line, all_stream_classes.size()> lines_;
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t numbered_ = 0;
};

}  // namespace exocast
