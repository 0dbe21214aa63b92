// SPDX-License-Identifier: Apache-2.0
#pragma once
// StabilityWatch: for a watcher, the messages of which it is not known yet whether every receiver has them.
// Threading: inside the node's loop. Lifetime: the logs outlive it.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "exocast/sender_logs.h"

namespace exocast {

class StabilityWatch {
 public:
  /// Messages that wait; of a further one, the oldest is reported as `not_yet`.
  static constexpr std::size_t messages_max = 1024;

  explicit StabilityWatch(const SenderLogs& logs) noexcept : logs_(logs) {}

  /// The next message of the watcher comes from `origin`.
  void add(const Origin& origin) { waiting_.push_back({++shown_, origin}); }

  /// Takes out the messages of which it is known now, and returns an event for each (docs/control.md).
  std::vector<nlohmann::ordered_json> take_events();

 private:
  struct Waiting {
    std::uint64_t number;  // of the watcher's messages, from 1
    Origin origin;
  };

  const SenderLogs& logs_;
  std::deque<Waiting> waiting_;
  std::uint64_t shown_ = 0;
};

}  // namespace exocast
