// SPDX-License-Identifier: Apache-2.0
#pragma once
// Deadline: the moment until which something may take.
//
//   const Deadline deadline = Deadline::after(loop.now(), 15s);  // once, where the work begins
//   co_await event.wait(deadline);                               // then passed down, through any number of calls
//
// A deadline is a point in time, not a duration, so inner calls and retries cannot add up.
// Threading: a plain value without rules.

#include <algorithm>
#include <chrono>
#include <compare>

namespace exocast {

/// The clock of every Scheduler: monotonic in real time, jumping in virtual time.
using Clock = std::chrono::steady_clock;
/// A moment of Clock.
using TimePoint = Clock::time_point;
/// A length of time, in Clock's unit: nanoseconds.
using Duration = Clock::duration;

/// A moment, or never.
class Deadline {
 public:
  /// No deadline: a wait ends only by completion or by a stop.
  static constexpr Deadline never() noexcept { return Deadline(TimePoint::max()); }

  /// The moment `time` itself.
  static constexpr Deadline at(TimePoint time) noexcept { return Deadline(time); }

  /// The moment `timeout` after `now`; take `now` from Scheduler::now(). A negative timeout counts as zero; one that
  /// goes beyond the range of TimePoint is `never`.
  static constexpr Deadline after(TimePoint now, Duration timeout) noexcept {
    if (timeout <= Duration::zero()) return Deadline(now);
    if (now > TimePoint::max() - timeout) return never();
    return Deadline(now + timeout);
  }

  /// True if there is no deadline.
  constexpr bool is_never() const noexcept { return time_ == TimePoint::max(); }

  /// True from the deadline's own moment on.
  constexpr bool passed(TimePoint now) const noexcept { return now >= time_; }

  /// The moment; TimePoint::max() for `never`.
  constexpr TimePoint time() const noexcept { return time_; }

  /// The time left at `now`: zero once the deadline has passed, Duration::max() for `never`.
  constexpr Duration left(TimePoint now) const noexcept {
    if (is_never()) return Duration::max();
    return std::max(time_ - now, Duration::zero());
  }

  /// Orders by time: the earlier deadline is less, `never` is the greatest.
  friend constexpr auto operator<=>(Deadline, Deadline) noexcept = default;

 private:
  explicit constexpr Deadline(TimePoint time) noexcept : time_(time) {}
  TimePoint time_;
};

}  // namespace exocast
