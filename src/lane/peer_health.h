// SPDX-License-Identifier: Apache-2.0
#pragma once
// PeerHealth: how a peer stands - healthy, slow, stalled or gone - judged so that it does not flap.
//
//   healthy  answers as it uses to.
//   slow     its oldest unanswered message waits for more than 4 times the usual latency, and more than 100 ms.
//   stalled  messages wait, and for more than 2 s (and 4 times the usual latency) not one has been answered.
//   gone     it cannot be reached: its circuit is open.
// Better is believed only one step at a time, after what made it worse has been below half of its threshold for 1 s (a
// Schmitt trigger with a hold time); worse at once, unless it has just changed: between two changes lies at least that
// second, but for those that the circuit makes, which has a hysteresis of its own.
// The usual latency is a moving average, as TCP's (RFC 6298), but weighted by time and not by answers, as Finagle's
// peak EWMA: 2 s of the recent past, whether they hold 10 answers or 100,000. While the peer is not healthy it learns
// 30 times more slowly: else what is slow would soon be usual; but a change that lasts becomes usual in a minute or so.
// Arithmetic on values, no clock; one thread. Gives advice: who is served first under a limit, what a report says.

#include <cstddef>
#include <optional>

#include "exocast/gather/deadline.h"
#include "exocast/lane_options.h"

namespace exocast {

class PeerHealth {
 public:
  explicit PeerHealth(const PeerHealthLimits& limits = {}) noexcept : limits_(limits) {}

  /// The peer has answered something `latency` after it was given to the peer's lane; negative counts as zero. Once for
  /// what was answered together, with the longest latency.
  void answered(TimePoint now, Duration latency) noexcept;

  /// The state at `now`, when the oldest unanswered message has waited for `oldest_age` since it was given to the lane
  /// (zero: none waits). Call it after answered(), when the circuit opens or closes, when somebody asks, and about four
  /// times in `hold` while messages wait: it can only know what it is told.
  PeerState update(TimePoint now, Duration oldest_age, bool circuit_open) noexcept;

  /// As of the last update().
  PeerState state() const noexcept { return state_; }

  /// Since when; TimePoint::min() if it never changed.
  TimePoint since() const noexcept { return changed_at_; }

  /// The usual latency; zero before the first answer.
  Duration usual_latency() const noexcept;

  std::size_t changes_total() const noexcept { return changes_total_; }

 private:
  Duration threshold(Duration least) const noexcept;
  bool held(TimePoint now) const noexcept;
  void change(PeerState to, TimePoint now) noexcept;
  void recover(TimePoint now, bool calm) noexcept;

  PeerHealthLimits limits_;
  PeerState state_ = PeerState::healthy;
  TimePoint changed_at_ = TimePoint::min();
  std::optional<TimePoint> calm_since_{};   // what made it worse has been below half of its threshold
  std::optional<TimePoint> last_answer_{};  // none yet
  double usual_ns_ = 0;
  std::size_t changes_total_ = 0;
};

}  // namespace exocast
