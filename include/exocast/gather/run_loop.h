// SPDX-License-Identifier: Apache-2.0
#pragma once
// RunLoop: the smallest complete Scheduler, for programs, tests and benchmarks that need no sockets.
//
// Each turn reads the clock, fires the timers that are due, then runs what was ready, first in first out. With a
// VirtualClock it never sleeps but jumps to the next timer, so that a test of hours takes microseconds and repeats
// exactly. Threading: one thread, no locks; nothing may reach it from another. Lifetime: outlives its scopes and tasks.

#include <thread>

#include "exocast/gather/detail/ready_queue.h"
#include "exocast/gather/detail/timer_queue.h"
#include "exocast/gather/scope.h"

namespace exocast {

/// Where a RunLoop takes its time from.
class ClockSource {
 public:
  virtual TimePoint now() noexcept = 0;
  virtual void sleep_until(TimePoint time) noexcept = 0;

 protected:
  ~ClockSource() = default;
};

class SteadyClock final : public ClockSource {
 public:
  TimePoint now() noexcept override { return Clock::now(); }
  void sleep_until(TimePoint time) noexcept override { std::this_thread::sleep_until(time); }
};

class VirtualClock final : public ClockSource {
 public:
  TimePoint now() noexcept override { return now_; }
  void sleep_until(TimePoint time) noexcept override { now_ = std::max(now_, time); }

 private:
  TimePoint now_ = TimePoint(std::chrono::hours(1));
};

class RunLoop : public Scheduler {
 public:
  /// How much of what is ready runs before the clock is read again and timers are looked at.
  static constexpr std::size_t turn_runs_max = 64;

  RunLoop() noexcept : RunLoop(steady()) {}
  explicit RunLoop(ClockSource& clock) noexcept : Scheduler(clock.now()), clock_(clock) {}
  RunLoop(const RunLoop&) = delete;
  RunLoop& operator=(const RunLoop&) = delete;
  virtual ~RunLoop() = default;

  /// Runs `work` to its end in a scope of its own, which is drained before this returns, for `drain_timeout` at most.
  /// The outcome: its value, what it threw or returned as an error, or `cancelled` if it was stopped. Work that waits
  /// for what can never come - nothing is ready and no timer is armed - is stopped.
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

  /// One turn: sleeps until something is ready, fires what is due, runs what was ready. False, without sleeping, when
  /// there is nothing to wait for.
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

  void post(Runnable& runnable) noexcept override { ready_.push_back(runnable); }
  void wake_at(Timer& timer, TimePoint time) noexcept override {
    // What a firing timer arms for now or earlier waits for the next turn, or firing might never end.
    (firing_ && time <= now_ ? next_turn_ : timers_).arm(timer, time, tie());
  }
  void cancel(Timer& timer) noexcept override { timer.disarm(); }

 protected:
  /// Orders timers of the same moment: by default as they were armed.
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
  /// When the next turn comes, which may be busy with what is always ready.
  TimePoint next() const noexcept { return ready_.empty() ? timers_.next() : now_; }

  ClockSource& clock_;
  ReadyQueue ready_;
  TimerQueue timers_;
  TimerQueue next_turn_;
  bool firing_ = false;
  std::uint64_t armed_ = 0;
};

}  // namespace exocast
