// SPDX-License-Identifier: Apache-2.0
#pragma once
// ReplayWatch: puts what peers have kept before the messages that a watcher receives, each once.
//
// The watcher subscribes, then asks the peers. So a message may be in a replay and in the subscription, or, if the peer
// keeps few, only in the subscription and older than the replay. Positions in the sender's log tell.
// Threading: one thread.

#include <cstdint>
#include <set>
#include <vector>

#include "exocast/log_progress.h"
#include "exocast/message.h"
#include "exocast/replay.h"

namespace exocast {

/// A message for a watcher.
struct WatchedMessage {
  Message message;
  Origin origin;
  bool replayed = false;  ///< from a replay
};

class ReplayWatch {
 public:
  /// Adds what a peer has kept.
  void add(std::vector<Replayed> replayed);

  /// Call it once: everything added, and `live`, the messages that have arrived meanwhile; each once, in the order of
  /// their logs.
  std::vector<WatchedMessage> merge(std::vector<WatchedMessage> live);

  /// Whether the message from `origin` was in a replay.
  bool has(const Origin& origin) const { return !replayed_.empty() && replayed_.contains(place(origin)); }

 private:
  struct Place {
    std::uint64_t log;
    StreamClass stream_class;
    std::uint64_t position;
    auto operator<=>(const Place&) const = default;
  };
  static Place place(const Origin& origin) noexcept { return {origin.log, origin.stream_class, origin.position}; }
  bool is_before_a_replayed_one(const Origin& origin) const;

  std::vector<WatchedMessage> messages_;
  std::set<Place> replayed_;
};

}  // namespace exocast
