// SPDX-License-Identifier: Apache-2.0
#pragma once
// LaneQueue: the messages that wait for one peer, and which of them may be sent next. The policy alone: no link, no
// clock, no scheduler.
//
// Each stream class has a line of its own, in the order of arrival: positions in the log of the class, and items for
// what is an exception. A stream is all messages with the same kind, request id and key; it never overtakes itself.
// What may be sent next depends on the link:
//   ordered      the whole line is one stream: several batches may be under way, and they arrive in order;
//   not ordered  one batch per stream is under way; other streams overtake waiting ones. The search for one passes at
//                most `messages_passed_max` messages of at most `streams_passed_max` streams.
// Threading: one thread, no locks. Lifetime: items remove themselves.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lane/lane_message.h"

namespace exocast {

class LaneQueue {
 public:
  static constexpr std::size_t messages_passed_max = 4096;
  static constexpr std::size_t streams_passed_max = 64;

  /// The hash of the stream that a message belongs to.
  static std::uint32_t stream_of(const Message& message, std::string_view key = {}) noexcept;

  std::size_t messages() const noexcept { return messages_; }
  std::size_t bytes() const noexcept { return bytes_; }
  bool empty() const noexcept { return messages_ == 0; }
  bool empty(StreamClass of) const noexcept { return line(of).messages == 0; }

  /// The same for the line of one class.
  std::size_t messages(StreamClass of) const noexcept { return line(of).messages; }
  std::size_t bytes(StreamClass of) const noexcept { return line(of).bytes; }
  /// Without the items' own bytes.
  std::size_t message_bytes(StreamClass of) const noexcept { return bytes(of) - messages(of) * LaneItem::own_bytes; }

  /// The first in the line of `of`, if there is one.
  LaneMessage front(StreamClass of) const noexcept;

  /// A sequence number for a message that is added now; all numbers before it are of older messages.
  std::uint64_t take_number() noexcept { return ++numbered_; }

  /// Appends `item` to the line of its class.
  void push(LaneItem& item) noexcept;

  /// Appends messages to the line of their class, without items. `place`: the peer's index among their receivers.
  void push(const Log::Range& range, std::uint32_t place);

  /// Removes `entry`, if it waits here without an item. An item that put_back() puts in its place has its number.
  std::optional<LaneMessage> take_out(Log::Entry& entry);

  /// Removes the first in the line of `of` that waits without an item, if there is one.
  std::optional<LaneMessage> take_out_first(StreamClass of);

  /// Puts `item` in the place of `older`, which waits in the same line and is removed.
  void replace(LaneItem& older, LaneItem& item) noexcept;

  /// Puts `items`, which were taken and are in the order of the line, back in their places.
  void put_back(std::span<LaneItem* const> items) noexcept;

  /// Removes `item`, which is queued.
  void remove(LaneItem& item) noexcept;

  /// The last item with class `of` and `key`, which is not "", if it still waits; else nullptr.
  LaneItem* find_key(StreamClass of, std::string_view key) const noexcept;

  /// For an ordered link with `traits`: takes as many messages from the front of the line of `of` as go into a batch;
  /// none if the first one only holds its place.
  void take(StreamClass of, const LinkTraits& traits, std::vector<LaneMessage>& batch);

  /// For a link that is not ordered, with `traits`: the next item of class `of`, while the streams in `busy` have
  /// batches under way; nullptr if none may be sent. All that waits must have items.
  LaneItem* next(StreamClass of, const LinkTraits& traits, std::span<const std::size_t> busy) const noexcept;

  /// Takes a batch that begins with `first`, a result of next(), and as many items behind it as `traits` allow, up to
  /// the one with `number_max`.
  void take(LaneItem& first, const LinkTraits& traits, std::uint64_t number_max, std::vector<LaneMessage>& batch);

 private:
  struct Line {
    IntrusiveList<LaneItem> items;
    Cursor cursor;
    std::size_t messages = 0;
    std::size_t bytes = 0;
    std::unordered_map<std::string_view, LaneItem*> keys = {};    // the last item with each key, if it waits
    std::unordered_map<std::uint32_t, std::size_t> streams = {};  // the number of items of each stream
  };
  Line& line(StreamClass of) noexcept { return lines_[static_cast<std::size_t>(of)]; }
  const Line& line(StreamClass of) const noexcept { return lines_[static_cast<std::size_t>(of)]; }
  void count_in(Line& line, LaneItem& item) noexcept;
  void count_out(Line& line, std::size_t messages, std::size_t bytes) noexcept;
  bool entry_first(const Line& line) const noexcept;

  std::array<Line, all_stream_classes.size()> lines_;
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
  std::uint64_t numbered_ = 0;
};

}  // namespace exocast
