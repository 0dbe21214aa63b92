// SPDX-License-Identifier: Apache-2.0
#pragma once
// Deadline: the one type for "until when".
//
// A deadline is a point in time, not a duration, so it can be passed down through any number of calls and retries and
// still mean the same moment. Durations become deadlines once, at the edge, with `Deadline::after`.
// A plain value: copy it freely; no threading rules.

#include <algorithm>
#include <chrono>
#include <compare>

namespace exocast {

/// The clock of every Scheduler: monotonic in real time, jumping in virtual time.
using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;

class Deadline {
 public:
  /// No deadline: waits end only by completion or cancellation.
  static constexpr Deadline never() noexcept { return Deadline(TimePoint::max()); }

  /// The moment `time` itself.
  static constexpr Deadline at(TimePoint time) noexcept { return Deadline(time); }

  /// `timeout` after `now` (take it from Scheduler::now()). A negative timeout counts as zero; one too long to be
  /// represented is `never`.
  static constexpr Deadline after(TimePoint now, Duration timeout) noexcept {
    if (timeout <= Duration::zero()) return Deadline(now);
    if (now > TimePoint::max() - timeout) return never();
    return Deadline(now + timeout);
  }

  constexpr bool is_never() const noexcept { return time_ == TimePoint::max(); }

  /// True from the deadline's own moment on.
  constexpr bool passed(TimePoint now) const noexcept { return now >= time_; }

  /// The moment; TimePoint::max() for `never`.
  constexpr TimePoint time() const noexcept { return time_; }

  /// What is left at `now`: zero once passed, Duration::max() for `never`.
  constexpr Duration left(TimePoint now) const noexcept {
    if (is_never()) return Duration::max();
    return std::max(time_ - now, Duration::zero());
  }

  friend constexpr auto operator<=>(Deadline, Deadline) noexcept = default;

 private:
  explicit constexpr Deadline(TimePoint time) noexcept : time_(time) {}
  TimePoint time_;
};

}  // namespace exocast
