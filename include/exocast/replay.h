// SPDX-License-Identifier: Apache-2.0
#pragma once
// Replay: messages that a sender has kept for nodes that were not there when it sent them.
//
//   auto replay = co_await node.replay("n1", {.after = last});  // what n1 has sent since `last`, as far as it is kept
//   for (const Replayed& one : replay->messages) apply(one.message, one.origin);
//
// A node keeps messages only with BroadcasterOptions::replay. A replay is independent of the messages that arrive: the
// same message may also arrive, with the same origin. Plain values. Threading: one thread at a time.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "exocast/log_progress.h"
#include "exocast/message.h"
#include "exocast/stream_class.h"

namespace exocast {

/// What a broadcaster keeps of each class.
struct ReplayLimits {
  /// The last messages, whatever their outcome. Default 0: nothing is kept, which costs nothing.
  std::size_t messages = 0;

  /// Older messages that are still the newest of their key (BroadcastOptions::key); no effect without `messages`.
  /// Default 1,024.
  std::size_t keys = 1'024;

  /// The bytes of all these messages and their keys; the oldest are forgotten first. A larger message is not kept.
  /// Each message costs some 150 bytes more. Default 16 MiB.
  std::size_t bytes = std::size_t{16} << 20;
};

/// A kept message.
struct Replayed {
  Message message;  ///< as it was published
  Origin origin;    ///< its place in its sender's log
};

/// What to ask a node for.
struct ReplayRequest {
  static constexpr std::size_t messages_limit = 65'536;  ///< the largest messages_max

  /// Only later messages of the class and log of this one. If the node has another log, because it was started again,
  /// it sends what it has kept of the class. Default: no position.
  Origin after = {};

  /// Without `after`: only this class. Default: all classes.
  std::optional<StreamClass> stream_class = std::nullopt;

  /// The most messages of each class, 1 to messages_limit; the newest count.
  std::size_t messages_max = 1'024;
};

/// What a node has kept.
struct Replay {
  std::uint64_t log = 0;           ///< identifies the log of the node
  std::vector<Replayed> messages;  ///< by class, the most urgent first, and by position; all of `log`
  std::size_t left_out = 0;        ///< kept messages that exceed messages_max or the size of an answer: the oldest
};

}  // namespace exocast
