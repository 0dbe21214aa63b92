// SPDX-License-Identifier: Apache-2.0
#pragma once
// Silence: decides from the silence of a node that is checked at intervals whether it is healthy, suspect or gone.
//
// The patience with an answer is learned from earlier ones, as TCP learns its retransmission timeout (RFC 6298). So a
// busy node that always answers late is not suspected. A value without a clock; one thread.

#include <algorithm>

#include "exocast/gather/deadline.h"
#include "exocast/member.h"

namespace exocast {

struct SilenceLimits {
  /// The longest time between two checks.
  Duration interval;
  /// Limits of the patience with one answer, whatever was learned.
  Duration patience_min = std::chrono::milliseconds(400);
  Duration patience_max = std::chrono::seconds(5);
};

class Silence {
 public:
  /// For a node whose first answer came at `now`.
  Silence(const SilenceLimits& limits, TimePoint now) noexcept : limits_(limits), heard_(now) {}

  /// Records an answer at `now`, `took` after its check.
  void answered(TimePoint now, Duration took) noexcept {
    heard_ = std::max(heard_, now);
    // One answer after a long pause must not raise the patience to minutes.
    const Duration sample = std::min(took, 2 * patience());
    variation_ = (3 * variation_ + (sample > mean_ ? sample - mean_ : mean_ - sample)) / 4;
    mean_ = (7 * mean_ + sample) / 8;
  }

  /// The checking process was stopped for `time`, and could not have received an answer.
  void excuse(Duration time) noexcept { heard_ += time; }

  /// The state at `now`: healthy, suspect or gone.
  MemberState state(TimePoint now) const noexcept {
    if (now >= gone_at()) return MemberState::gone;
    return now >= suspect_at() ? MemberState::suspect : MemberState::healthy;
  }

  /// The time when a silent node becomes suspect: the answer to the next check is overdue.
  TimePoint suspect_at() const noexcept { return heard_ + limits_.interval + patience(); }

  /// The time when a silent node is gone: after three times as long.
  TimePoint gone_at() const noexcept { return heard_ + 3 * (limits_.interval + patience()); }

  /// The time allowed for an answer now.
  Duration patience() const noexcept {
    return std::clamp(mean_ + 4 * variation_, limits_.patience_min, limits_.patience_max);
  }

 private:
  SilenceLimits limits_;
  TimePoint heard_;
  Duration mean_ = Duration::zero();
  Duration variation_ = Duration::zero();
};

}  // namespace exocast
