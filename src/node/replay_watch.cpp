// SPDX-License-Identifier: Apache-2.0
#include "node/replay_watch.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace exocast {

void ReplayWatch::add(std::vector<Replayed> replayed) {
  for (Replayed& one : replayed) {
    if (!replayed_.insert(place(one.origin)).second) continue;  // a peer with two ids
    messages_.push_back({.message = std::move(one.message), .origin = one.origin, .replayed = true});
  }
}

bool ReplayWatch::is_before_a_replayed_one(const Origin& origin) const {
  const auto next = replayed_.lower_bound(place(origin));
  return origin && next != replayed_.end() && next->log == origin.log && next->stream_class == origin.stream_class;
}

std::vector<WatchedMessage> ReplayWatch::merge(std::vector<WatchedMessage> live) {
  std::vector<WatchedMessage> later;
  for (WatchedMessage& one : live) {
    if (has(one.origin)) continue;
    (is_before_a_replayed_one(one.origin) ? messages_ : later).push_back(std::move(one));
  }
  std::ranges::sort(messages_, {}, [](const WatchedMessage& one) { return place(one.origin); });
  std::ranges::move(later, std::back_inserter(messages_));
  return std::exchange(messages_, {});
}

}  // namespace exocast
