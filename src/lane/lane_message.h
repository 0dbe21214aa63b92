// SPDX-License-Identifier: Apache-2.0
#pragma once
// LaneMessage: a message in a lane: a position in the log, or an item if it is an exception. A value.

#include "lane/cursor.h"
#include "lane/lane_item.h"

namespace exocast {

struct LaneMessage {
  LaneMessage() = default;
  explicit LaneMessage(LaneItem& of) noexcept : item(&of) {}
  explicit LaneMessage(const Cursor::Position& of) noexcept : entry(of.entry), number(of.number), place(of.place) {}

  LaneItem* item = nullptr;
  Log::Entry* entry = nullptr;  // if there is no item
  std::uint64_t number = 0;     // these two with an entry only
  std::uint32_t place = 0;

  /// False: it has left.
  explicit operator bool() const noexcept { return item != nullptr || entry != nullptr; }

  const LaneItemOptions& options() const noexcept { return item != nullptr ? item->options() : entry->options(); }
  std::size_t message_bytes() const noexcept { return item != nullptr ? item->message_bytes() : entry->bytes(); }

  /// Since when it waits for the peer.
  TimePoint since() const noexcept { return item != nullptr ? item->queued_at() : entry->since(); }
  bool released() const noexcept { return item == nullptr || item->released(); }
};

}  // namespace exocast
