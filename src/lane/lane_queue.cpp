// SPDX-License-Identifier: Apache-2.0
#include "lane/lane_queue.h"

#include <algorithm>
#include <cassert>
#include <functional>

namespace exocast {

std::uint32_t LaneQueue::stream_of(const Message& message, std::string_view key) noexcept {
  constexpr std::hash<std::string_view> hash;
  const std::size_t of_key = key.empty() ? 0 : hash(key) * 31;
  return static_cast<std::uint32_t>(hash(message.request_id()) * 2 + of_key + static_cast<std::size_t>(message.kind()));
}

void LaneQueue::count_in(Line& line, LaneItem& item) noexcept {
  item.state_ = LaneItem::State::queued;
  const std::size_t bytes = item.bytes();
  ++messages_;
  ++line.messages;
  bytes_ += bytes;
  line.bytes += bytes;
  ++line.streams[item.stream_];
  if (const std::string_view key = item.options_->key; !key.empty()) {
    line.keys.erase(key);  // the key's text belongs to the replaced item
    line.keys.emplace(key, &item);
  }
}

/// Whether the first in the line has no item.
bool LaneQueue::entry_first(const Line& line) const noexcept {
  if (line.cursor.empty()) return false;
  const LaneItem* item = line.items.front();
  return item == nullptr || line.cursor.front().number < item->number_;
}

LaneMessage LaneQueue::front(StreamClass of) const noexcept {
  const Line& line = this->line(of);
  if (entry_first(line)) return LaneMessage(line.cursor.front());
  LaneItem* item = line.items.front();
  return item != nullptr ? LaneMessage(*item) : LaneMessage();
}

void LaneQueue::push(const Log::Range& range, std::uint32_t place) {
  Line& line = this->line(range.first->options().stream_class);
  line.cursor.append({range.first, numbered_ + 1, place}, range.count);
  numbered_ += range.count;
  const std::size_t bytes = range.bytes + range.count * LaneItem::own_bytes;
  messages_ += range.count;
  line.messages += range.count;
  bytes_ += bytes;
  line.bytes += bytes;
}

std::optional<LaneMessage> LaneQueue::take_out(Log::Entry& entry) {
  Line& line = this->line(entry.options().stream_class);
  const auto found = line.cursor.take_out(entry);
  if (!found) return std::nullopt;
  count_out(line, 1, entry.bytes() + LaneItem::own_bytes);
  return LaneMessage(*found);
}

std::optional<LaneMessage> LaneQueue::take_out_first(StreamClass of) {
  Line& line = this->line(of);
  if (line.cursor.empty()) return std::nullopt;
  const LaneMessage first(line.cursor.front());
  line.cursor.pop_front();
  count_out(line, 1, first.entry->bytes() + LaneItem::own_bytes);
  return first;
}

void LaneQueue::push(LaneItem& item) noexcept {
  assert(!item.linked() && item.options_ != nullptr && item.options_->message != nullptr);
  item.number_ = ++numbered_;
  item.stream_ = item.options_->stream;
  Line& line = this->line(item.options_->stream_class);
  count_in(line, item);
  line.items.push_back(item);
}

void LaneQueue::replace(LaneItem& older, LaneItem& item) noexcept {
  assert(older.linked() && !item.linked());
  assert(older.options_->stream_class == item.options_->stream_class);
  item.number_ = older.number_;
  item.stream_ = item.options_->stream;
  Line& line = this->line(item.options_->stream_class);
  line.items.insert(item, &older);
  remove(older);
  count_in(line, item);
}

void LaneQueue::put_back(std::span<LaneItem* const> items) noexcept {
  if (items.empty()) return;
  Line& line = this->line(items.front()->options_->stream_class);
  LaneItem* behind = line.items.front();
  for (LaneItem* item : items) {
    assert(!item->linked());
    while (behind != nullptr && behind->number_ < item->number_) behind = line.items.after(*behind);
    count_in(line, *item);
    line.items.insert(*item, behind);
  }
}

void LaneQueue::remove(LaneItem& item) noexcept {
  Line& line = this->line(item.options_->stream_class);
  assert(item.linked());
  item.unlink();
  count_out(line, 1, item.bytes());
  if (const auto of = line.streams.find(item.stream_); --of->second == 0) line.streams.erase(of);
  const auto known = item.options_->key.empty() ? line.keys.end() : line.keys.find(item.options_->key);
  if (known != line.keys.end() && known->second == &item) line.keys.erase(known);
}

void LaneQueue::count_out(Line& line, std::size_t messages, std::size_t bytes) noexcept {
  assert(line.messages >= messages && line.bytes >= bytes);
  messages_ -= messages;
  line.messages -= messages;
  bytes_ -= bytes;
  line.bytes -= bytes;
}

LaneItem* LaneQueue::find_key(StreamClass of, std::string_view key) const noexcept {
  assert(!key.empty());
  const auto& keys = line(of).keys;
  const auto found = keys.find(key);
  return found != keys.end() ? found->second : nullptr;
}

void LaneQueue::take(StreamClass of, const LinkTraits& traits, std::vector<LaneMessage>& batch) {
  assert(traits.ordered && batch.empty());
  Line& line = this->line(of);
  std::size_t bytes = 0;
  const LaneMessage first = front(of);
  if (!first) return;
  // A batch has one deadline, so all its messages must have the same per-peer timeout.
  const Duration per_peer = first.options().per_peer;
  const auto fits = [&](std::size_t more_bytes, const LaneItemOptions& options) {
    return batch.empty() || (batch.size() < traits.batch_messages_max && bytes + more_bytes <= traits.batch_bytes_max &&
                             options.per_peer == per_peer);
  };
  const auto take_entry = [&](const Cursor::Position& position) {
    if (!fits(position.entry->bytes(), position.entry->options())) return false;
    bytes += position.entry->bytes();
    batch.emplace_back(position);
    return true;
  };
  while (true) {
    LaneItem* item = line.items.front();
    if (entry_first(line)) {
      const std::size_t before = bytes;
      const std::size_t taken = line.cursor.take(item != nullptr ? item->number_ : numbered_ + 1, take_entry);
      if (taken == 0) return;
      count_out(line, taken, bytes - before + taken * LaneItem::own_bytes);
    } else if (item != nullptr && item->released() && fits(item->message_bytes(), *item->options_)) {
      bytes += item->message_bytes();
      remove(*item);
      item->state_ = LaneItem::State::flying;
      batch.emplace_back(*item);
    } else {
      return;
    }
  }
}

LaneItem* LaneQueue::next(StreamClass of, const LinkTraits& traits, std::span<const std::size_t> busy) const noexcept {
  assert(!traits.ordered && line(of).cursor.empty());
  const Line& line = this->line(of);
  std::array<std::size_t, streams_passed_max>
      passed;  // streams that are busy, or whose first item only holds its place
  std::size_t streams = 0;
  std::size_t messages_left = line.messages;  // of other streams
  const auto pass = [&](std::size_t stream) {
    if (streams == passed.size()) return false;
    passed[streams++] = stream;
    const auto waiting = line.streams.find(static_cast<std::uint32_t>(stream));
    if (waiting != line.streams.end()) messages_left -= waiting->second;
    return messages_left > 0;
  };
  if (!std::ranges::all_of(busy, pass)) return nullptr;
  LaneItem* item = line.items.front();
  for (std::size_t looked_at = 0; item != nullptr && looked_at < messages_passed_max; ++looked_at) {
    const auto is_stream = [&](std::size_t stream) { return stream == item->stream_; };
    if (std::ranges::none_of(std::span(passed.data(), streams), is_stream)) {
      if (item->released()) return item;
      if (!pass(item->stream_)) return nullptr;
    }
    item = line.items.after(*item);
  }
  return nullptr;
}

void LaneQueue::take(LaneItem& first, const LinkTraits& traits, std::uint64_t number_max,
                     std::vector<LaneMessage>& batch) {
  assert(first.linked() && first.released() && batch.empty());
  const IntrusiveList<LaneItem>& line = this->line(first.options_->stream_class).items;
  const std::size_t messages_max = traits.merges ? traits.batch_messages_max : 1;
  std::size_t bytes = 0;
  std::size_t passed = 0;
  LaneItem* last = nullptr;
  for (LaneItem* item = &first; item != nullptr && batch.size() < messages_max;) {
    LaneItem* after = line.after(*item);
    const bool is_part = last == nullptr || (item->stream_ == first.stream_ &&
                                             last->options_->message->mergeable(*item->options_->message));
    if (is_part) {
      bytes += item->message_bytes();
      if (!item->released() || (last != nullptr && bytes > traits.batch_bytes_max)) return;
      if (item->number_ > number_max) return;
      // A batch has one deadline, so all its items must have the same per-peer timeout.
      if (item->options_->per_peer != first.options_->per_peer) return;
      remove(*item);
      item->state_ = LaneItem::State::flying;
      batch.emplace_back(*item);
      last = item;
    } else if (item->stream_ == first.stream_ || ++passed == messages_passed_max) {
      return;
    }
    item = after;
  }
}

}  // namespace exocast
