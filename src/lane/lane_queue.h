// SPDX-License-Identifier: Apache-2.0
#pragma once
// LaneQueue: the messages that wait for one peer, and which of them may be sent next. The policy alone: no link, no
// clock, no scheduler.
//
// Each stream class has a line of its own, in the order of arrival. A stream is all messages with the same kind,
// request id and key; it never overtakes itself. What may be sent next depends on the link:
//   ordered      the whole line is one stream: several batches may be under way, and they arrive in order;
//   not ordered  one batch per stream is under way; other streams overtake waiting ones. The search for one looks at
//                `looked_at_max` items, which bounds its cost in a long queue.
// Threading: one thread, no locks. Lifetime: items remove themselves.

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
  /// Items of one line that a search looks at.
  static constexpr std::size_t looked_at_max = 64;

  /// The hash of the stream that a message belongs to.
  static std::uint32_t stream_of(const Message& message, std::string_view key = {}) noexcept;

  std::size_t messages() const noexcept { return messages_; }
  std::size_t bytes() const noexcept { return bytes_; }
  bool empty() const noexcept { return messages_ == 0; }
  bool empty(StreamClass of) const noexcept { return line(of).items.empty(); }

  /// The same for the line of one class.
  std::size_t messages(StreamClass of) const noexcept { return line(of).messages; }
  std::size_t bytes(StreamClass of) const noexcept { return line(of).bytes; }

  /// The first in the line of `of`; nullptr if it is empty.
  LaneItem* front(StreamClass of) const noexcept { return line(of).items.front(); }

  /// Appends `item` to the line of its class.
  void push(LaneItem& item) noexcept;

  /// Puts `item` in the place of `older`, which waits in the same line and is removed.
  void replace(LaneItem& older, LaneItem& item) noexcept;

  /// Puts `items`, which were taken and are in the order of the line, back in their places.
  void put_back(std::span<LaneItem* const> items) noexcept;

  /// Removes `item`, which is queued.
  void remove(LaneItem& item) noexcept;

  /// The last item with class `of` and `key`, which is not "", if it still waits; else nullptr.
  LaneItem* find_key(StreamClass of, std::string_view key) const noexcept;

  /// The next item of class `of` for a link with `traits`, while the streams in `busy` have batches under way; nullptr
  /// if none may be sent.
  LaneItem* next(StreamClass of, const LinkTraits& traits, std::span<const std::size_t> busy) const noexcept;

  /// Takes a batch that begins with `first`, a result of next(), and as many items behind it as `traits` allow.
  void take(LaneItem& first, const LinkTraits& traits, std::vector<LaneItem*>& batch);

 private:
  struct Line {
    IntrusiveList<LaneItem> items;
    std::size_t messages = 0;
    std::size_t bytes = 0;
    std::unordered_map<std::string_view, LaneItem*> keys = {};  // the last item with each key, if it waits
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
