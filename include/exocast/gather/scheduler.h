// SPDX-License-Identifier: Apache-2.0
#pragma once
// Scheduler: the seam between tasks and the loop that runs them: in real time, in virtual time, or in a foreign event
// loop.
//
//   class MyLoop final : public Scheduler { … };  // RunLoop is the smallest, AsioLoop the usual one
//   Scope scope(my_loop);
//   scope.spawn(work());
//
// A Runnable and a Timer are intrusive: they live in the coroutine frames that wait, so posting and arming allocate
// nothing and cannot fail. Threading: a scheduler, its runnables and its timers belong to one thread at a time; there
// are no locks. Lifetime: a scheduler outlives its scopes; a destroyed Runnable or Timer leaves its queue.

#include <cstdint>

#include "exocast/gather/deadline.h"
#include "exocast/gather/detail/intrusive_list.h"

namespace exocast {

class TimerQueue;

/// Something to run once, soon. In at most one queue at a time.
class Runnable : private IntrusiveLink<Runnable> {
 public:
  Runnable() = default;
  Runnable(const Runnable&) = delete;
  Runnable& operator=(const Runnable&) = delete;

  /// Called by the scheduler, once for each post. It is in no queue then: it may be posted again, or destroyed.
  virtual void run() noexcept = 0;

  /// True while it is in a queue.
  bool queued() const noexcept { return linked(); }

  /// Leaves its queue; does nothing when it is in none.
  void unqueue() noexcept { unlink(); }

 protected:
  ~Runnable() = default;

 private:
  friend class IntrusiveList<Runnable>;
};

/// Something to wake at a time. Armed in at most one scheduler.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// Called by the scheduler when the time has come. It is disarmed then: it may be armed again, or destroyed.
  virtual void fired() noexcept = 0;

  /// True while a scheduler is to fire it.
  bool armed() const noexcept { return queue_ != nullptr; }

  /// When it will fire; meaningful only while armed.
  TimePoint time() const noexcept { return time_; }

  /// Forgets the wake; does nothing when it is not armed.
  inline void disarm() noexcept;

 protected:
  ~Timer() { disarm(); }

 private:
  friend class TimerQueue;
  TimerQueue* queue_ = nullptr;
  TimePoint time_{};
  std::uint64_t tie_ = 0;
  // Links of the pairing heap in TimerQueue.
  Timer* child_ = nullptr;
  Timer* sibling_ = nullptr;
  Timer* before_ = nullptr;
};

/// Runs runnables and fires timers, in turns.
class Scheduler {
 public:
  /// The time of this turn of the loop: the same for everything that becomes ready in the turn.
  TimePoint now() const noexcept { return now_; }

  /// The time at this moment, at most 10 ms old and never before now(). It shows code that calls others how long they
  /// have blocked the turn, and costs a few nanoseconds. A scheduler that does not override it returns now().
  virtual TimePoint coarse_now() const noexcept { return now_; }

  /// Runs `runnable`, which is in no queue, after everything that is ready already; never inside this call.
  virtual void post(Runnable& runnable) noexcept = 0;

  /// Fires `timer` at `time`, or in the next turn if that has passed; an armed timer is moved. All timers due in a turn
  /// fire before anything they post runs. So what a timer posts comes after all completions of that turn, and a
  /// completion that is ready at the same tick as a deadline wins.
  virtual void wake_at(Timer& timer, TimePoint time) noexcept = 0;

  /// Forgets the wake of `timer`; does nothing when it is not armed.
  virtual void cancel(Timer& timer) noexcept = 0;

 protected:
  /// Begins at `now`.
  explicit Scheduler(TimePoint now) noexcept : now_(now) {}
  ~Scheduler() = default;

  /// What now() returns; it is asked far more often than a turn begins. Set it once a turn, from the clock.
  TimePoint now_;
};

}  // namespace exocast

#include "exocast/gather/detail/timer_queue.h"  // IWYU pragma: export
