// SPDX-License-Identifier: Apache-2.0
#pragma once
// RecentMap: a bounded map of recent news from untrusted senders. A flood of invented keys does not evict known ones.
// A value without a clock. One thread.

#include <cstddef>
#include <unordered_map>

#include "exocast/gather/deadline.h"

namespace exocast {

template <class Key, class Value>
class RecentMap {
 public:
  /// The entry of one key.
  struct Heard {
    Value* value;  ///< null: a new key, and there is no room
    bool is_new;
  };

  /// Up to `entries_max` entries. When it is full, a new one gets room only if another has been silent for
  /// `silence_max`.
  RecentMap(std::size_t entries_max, Duration silence_max) noexcept
      : entries_max_(entries_max), silence_max_(silence_max) {}

  /// Records that `key` was heard at `now`, which never goes back. A new value is Value{}. The pointer is valid until
  /// the next call.
  Heard hear(const Key& key, TimePoint now) {
    auto at = entries_.find(key);
    const bool is_new = at == entries_.end();
    if (is_new) {
      if (entries_.size() >= entries_max_ && !make_room(now)) return {nullptr, true};
      at = entries_.try_emplace(key).first;
    }
    at->second.heard = now;
    return {&at->second.value, is_new};
  }

  std::size_t size() const noexcept { return entries_.size(); }

 private:
  struct Entry {
    Value value{};
    TimePoint heard{};
  };

  /// Checks all entries, so at most once a second.
  bool make_room(TimePoint now) {
    if (now < next_sweep_) return false;
    next_sweep_ = now + std::chrono::seconds(1);
    return std::erase_if(entries_, [&](const auto& one) { return now - one.second.heard >= silence_max_; }) > 0;
  }

  std::size_t entries_max_;
  Duration silence_max_;
  std::unordered_map<Key, Entry> entries_;
  TimePoint next_sweep_ = TimePoint::min();
};

}  // namespace exocast
