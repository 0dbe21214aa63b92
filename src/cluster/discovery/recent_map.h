// SPDX-License-Identifier: Apache-2.0
#pragma once
// RecentMap: what has been heard lately, of strangers: bounded, and a flood of invented ones does not drive out those
// that are there. A value without a clock. One thread.

#include <cstddef>
#include <unordered_map>

#include "exocast/gather/deadline.h"

namespace exocast {

template <class Key, class Value>
class RecentMap {
 public:
  /// Of one key.
  struct Heard {
    Value* value;  ///< null: a new one for which there is no room
    bool is_new;
  };

  /// Up to `entries_max`; then new ones have to wait until others have not been heard for `silence_max`.
  RecentMap(std::size_t entries_max, Duration silence_max) noexcept
      : entries_max_(entries_max), silence_max_(silence_max) {}

  /// `key` is heard at `now`, which never goes back. A new value is Value{}. The pointer is good until the next call.
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

  /// Looks through all of them, so at most once a second.
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
