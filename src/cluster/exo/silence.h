// SPDX-License-Identifier: Apache-2.0
#pragma once
// Silence: what it means that a node which is asked again and again has not answered for a while.
//
// How long an answer may take is learnt from earlier ones, as TCP learns its retransmission timeout (RFC 6298): so a
// node that is busy and always answers late is not suspected for it. A value without a clock; one thread.

#include <algorithm>

#include "exocast/gather/deadline.h"
#include "exocast/member.h"

namespace exocast {

struct SilenceLimits {
  /// The longest from one question to the next.
  Duration interval;
  /// How long an answer may take, at least and at most, whatever the earlier ones took.
  Duration patience_min = std::chrono::milliseconds(400);
  Duration patience_max = std::chrono::seconds(5);
};

class Silence {
 public:
  /// Of a node whose first answer came at `now`.
  Silence(const SilenceLimits& limits, TimePoint now) noexcept : limits_(limits), heard_(now) {}

  /// It has answered at `now`, `took` after it was asked.
  void answered(TimePoint now, Duration took) noexcept {
    heard_ = std::max(heard_, now);
    // One answer after a long pause must not make us patient for minutes.
    const Duration sample = std::min(took, 2 * patience());
    variation_ = (3 * variation_ + (sample > mean_ ? sample - mean_ : mean_ - sample)) / 4;
    mean_ = (7 * mean_ + sample) / 8;
  }

  /// Whoever asks was itself asleep for `time`, and could not have heard anything.
  void excuse(Duration time) noexcept { heard_ += time; }

  /// healthy, suspect or gone, at `now`.
  MemberState state(TimePoint now) const noexcept {
    if (now >= gone_at()) return MemberState::gone;
    return now >= suspect_at() ? MemberState::suspect : MemberState::healthy;
  }

  /// When it is suspected if it says nothing: when the answer to a question asked in time should have been there.
  TimePoint suspect_at() const noexcept { return heard_ + limits_.interval + patience(); }

  /// When it is gone if it says nothing: after three times as long.
  TimePoint gone_at() const noexcept { return heard_ + 3 * (limits_.interval + patience()); }

  /// How long an answer may take now.
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
