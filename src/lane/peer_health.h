// SPDX-License-Identifier: Apache-2.0
#pragma once
// PeerHealth: the state of a peer (healthy, slow, stalled or gone), with hysteresis so that it does not flap.
//
//   healthy  answers with its usual latency.
//   slow     its oldest unanswered message waits for more than 4 times the usual latency, and more than 100 ms.
//   stalled  messages wait, and none has been answered for more than 2 s (and 4 times the usual latency).
//   gone     it cannot be reached: its circuit is open.
// The state improves one step at a time, once the wait has been below half of its threshold for 1 s (a Schmitt trigger
// with a hold time). It worsens at once, but at least 1 s after the last change. The circuit's changes apply at once:
// the circuit has a hysteresis of its own.
// The usual latency is a moving average like TCP's (RFC 6298), but weighted by time and not by answers, like Finagle's
// peak EWMA: 2 s of the recent past, whether they hold 10 answers or 100,000. While the peer is not healthy the average
// moves 30 times more slowly: a short slowness does not become usual, a lasting one does in about a minute.
// Arithmetic on values, no clock; one thread. The state decides which peers a limit serves first, and appears in
// reports.

#include <cstddef>
#include <optional>

#include "exocast/gather/deadline.h"
#include "exocast/lane_options.h"

namespace exocast {

class PeerHealth {
 public:
  explicit PeerHealth(const PeerHealthLimits& limits = {}) noexcept : limits_(limits) {}

  /// The peer has answered a message `latency` after it entered the lane; negative counts as zero. Call it once for
  /// messages that were answered together, with the longest latency.
  void answered(TimePoint now, Duration latency) noexcept;

  /// The state at `now`. `oldest_age`: how long ago the oldest unanswered message entered the lane; zero: none waits.
  /// Call it after answered(), when the circuit opens or closes, before the state is read, and about four times per
  /// `hold` while messages wait.
  PeerState update(TimePoint now, Duration oldest_age, bool circuit_open) noexcept;

  /// As of the last update().
  PeerState state() const noexcept { return state_; }

  /// The time of the last change; TimePoint::min() if there was none.
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
  std::optional<TimePoint> calm_since_{};   // since when the wait has been below half of its threshold
  std::optional<TimePoint> last_answer_{};  // empty before the first
  double usual_ns_ = 0;
  std::size_t changes_total_ = 0;
};

}  // namespace exocast
