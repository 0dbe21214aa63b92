// SPDX-License-Identifier: Apache-2.0
#pragma once
// HeardNodes: remembers the nodes that announce themselves. It tells copies from announcements and newcomers from
// known nodes, and bounds a flood of invented ones. AnswerBudget: how many newcomers are answered.
//
// Values without a clock. One thread.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/random.h"
#include "cluster/discovery/recent_map.h"

namespace exocast {

class HeardNodes {
 public:
  /// Nodes remembered; new ones are ignored until others have been silent for a while.
  static constexpr std::size_t nodes_max = 4096;
  /// A node may be forgotten for lack of room after this silence: twelve announcements.
  static constexpr Duration silence_max = std::chrono::seconds(30);

  enum class Hearing : std::uint8_t {
    newcomer,  ///< the first announcement of this node
    known,     ///< a further announcement
    copy,      ///< of an announcement that has come by another route
    no_room,   ///< a newcomer, and there is no room to remember it
  };

  /// Records announcement `number` of the node that runs as `session`.
  Hearing hear(std::uint64_t session, std::uint32_t number, TimePoint now) {
    const auto [last, is_new] = numbers_.hear(session, now);
    if (last == nullptr) return Hearing::no_room;
    const bool is_copy = !is_new && *last == number;
    *last = number;
    if (is_copy) return Hearing::copy;
    return is_new ? Hearing::newcomer : Hearing::known;
  }

  std::size_t nodes() const noexcept { return numbers_.size(); }

 private:
  RecentMap<std::uint64_t, std::uint32_t> numbers_{nodes_max, silence_max};  // number of the last one, by session
};

/// A newcomer is answered at once, so it need not wait for the next announcement. Not every node answers: in a large
/// cluster each one decides at random, so that about `answers_wanted` do, and the budget limits each node's rate.
class AnswerBudget {
 public:
  static constexpr std::uint64_t answers_wanted = 8;
  static constexpr Duration per_answer = std::chrono::milliseconds(100);  ///< on average
  static constexpr int burst_max = 16;

  /// Whether this node, one of `nodes`, answers a newcomer now.
  bool take(std::size_t nodes, TimePoint now, Random& random) noexcept {
    if (random.below(std::max<std::uint64_t>(nodes, 1)) >= answers_wanted) return false;
    // A token bucket, as the time at which it will be full again.
    const TimePoint full_at = std::max(full_at_, now) + per_answer;
    if (full_at > now + burst_max * per_answer) return false;
    full_at_ = full_at;
    return true;
  }

 private:
  TimePoint full_at_ = TimePoint::min();
};

/// The pause after a node's `announced`-th announcement: a burst at the start (at 0, 100, 300 and 700 ms, in case some
/// are lost), then every `interval`, plus or minus a tenth, so that nodes which started together do not stay in step.
inline Duration announcement_pause(std::uint32_t announced, Duration interval, Random& random) noexcept {
  constexpr std::uint32_t burst = 4;
  if (announced < burst) return std::chrono::milliseconds(100) * (1U << (announced - 1));
  return random.between(interval - interval / 10, interval + interval / 10);
}

}  // namespace exocast
