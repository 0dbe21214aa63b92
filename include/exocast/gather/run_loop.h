// SPDX-License-Identifier: Apache-2.0
#pragma once
// RunLoop: the smallest complete Scheduler, for programs, tests and benchmarks that need no sockets.
//
//   RunLoop loop;
//   Outcome<int> outcome = loop.run(work());  // blocks until the task has ended
//
//   VirtualClock clock;  // in tests: the loop never sleeps but jumps to the next timer
//   RunLoop fast(clock);
//
// Each turn reads the clock, fires the timers that are due, then runs what was ready, first in first out. With a
// VirtualClock a test of hours takes microseconds and repeats exactly.
// Threading: one thread, no locks; no other thread may call it. Lifetime: outlives its scopes and tasks; its clock
// outlives it.

#include <thread>

#include "exocast/gather/detail/ready_queue.h"
#include "exocast/gather/detail/timer_queue.h"
#include "exocast/gather/scope.h"

namespace exocast {

/// The clock of a RunLoop.
class ClockSource {
 public:
  /// The time now; never earlier than the last time it returned.
  virtual TimePoint now() noexcept = 0;
  /// Returns when now() is `time` or later; at once if it is already.
  virtual void sleep_until(TimePoint time) noexcept = 0;

 protected:
  ~ClockSource() = default;
};

/// Real time.
class SteadyClock final : public ClockSource {
 public:
  /// Clock::now().
  TimePoint now() noexcept override { return Clock::now(); }
  /// Blocks the thread.
  void sleep_until(TimePoint time) noexcept override { std::this_thread::sleep_until(time); }
};

/// Time that passes only by sleeping, which takes no time. It begins at one hour.
class VirtualClock final : public ClockSource {
 public:
  /// The time that the sleeps have reached.
  TimePoint now() noexcept override { return now_; }
  /// Jumps to `time`.
  void sleep_until(TimePoint time) noexcept override { now_ = std::max(now_, time); }

 private:
  TimePoint now_ = TimePoint(std::chrono::hours(1));
};

/// Runs tasks on the thread that calls run() or turn().
class RunLoop : public Scheduler {
 public:
  /// Runnables that run at most before the clock is read again and timers are looked at.
  static constexpr std::size_t turn_runs_max = 64;

  /// A loop in real time.
  RunLoop() noexcept : RunLoop(steady()) {}
  /// A loop in the time of `clock`.
  explicit RunLoop(ClockSource& clock) noexcept : Scheduler(clock.now()), clock_(clock) {}
  RunLoop(const RunLoop&) = delete;
  RunLoop& operator=(const RunLoop&) = delete;
  virtual ~RunLoop() = default;

  /// Runs `work` to its end in a scope of its own, which is drained before this returns, for `drain_timeout` at most.
  /// Returns its value, what it threw or returned as an error, or `cancelled` if it was stopped. If nothing is ready
  /// and no timer is armed, nothing can ever end the work, and it is stopped. Not to be called inside a turn.
  template <class T>
  OutcomeOf<T> run(task<T> work, Duration drain_timeout = std::chrono::seconds(1)) {
    OutcomeOf<T> result(Reason::cancelled);
    now_ = clock_.now();
    bool ended = false;
    Scope scope(*this);
    scope.spawn(std::move(work), [&](OutcomeOf<T> outcome) noexcept {
      result = std::move(outcome);
      ended = true;
    });
    while (!ended && turn()) {
    }
    scope.request_stop();
    const Deadline drained = Deadline::after(now_, drain_timeout);
    while (scope.live() > 0 && next() <= drained.time() && turn()) {
    }
    return result;
  }

  /// One turn: sleeps until something is ready, fires the timers that are due, runs what was ready. False, without
  /// sleeping, when nothing is ready and no timer is armed.
  bool turn() noexcept {
    if (ready_.empty()) {
      if (timers_.empty()) return false;
      clock_.sleep_until(timers_.next());
    }
    now_ = clock_.now();
    fire_due();
    ready_.run_batch(turn_runs_max);
    return true;
  }

  /// As in Scheduler: the clock's time.
  TimePoint coarse_now() const noexcept override { return clock_.now(); }
  /// As in Scheduler.
  void post(Runnable& runnable) noexcept override { ready_.push_back(runnable); }
  /// As in Scheduler.
  void wake_at(Timer& timer, TimePoint time) noexcept override {
    // A timer that another arms as it fires, for now or earlier, waits for the next turn, or firing might never end.
    (firing_ && time <= now_ ? next_turn_ : timers_).arm(timer, time, tie());
  }
  /// As in Scheduler.
  void cancel(Timer& timer) noexcept override { timer.disarm(); }

 protected:
  /// Orders timers of the same moment: by default in the order of arming.
  virtual std::uint64_t tie() noexcept { return ++armed_; }

 private:
  static ClockSource& steady() noexcept {
    static SteadyClock clock;
    return clock;
  }
  void fire_due() noexcept {
    firing_ = true;
    while (Timer* due = timers_.pop_due(now_)) due->fired();
    firing_ = false;
    while (Timer* later = next_turn_.pop_due(now_)) timers_.arm(*later, later->time(), tie());
  }
  /// When the next turn has something to do.
  TimePoint next() const noexcept { return ready_.empty() ? timers_.next() : now_; }

  ClockSource& clock_;
  ReadyQueue ready_;
  TimerQueue timers_;
  TimerQueue next_turn_;
  bool firing_ = false;
  std::uint64_t armed_ = 0;
};

}  // namespace exocast
