// SPDX-License-Identifier: Apache-2.0
#pragma once
// Scheduler: the seam between tasks and whatever runs them - real time, virtual time, somebody's event loop.
//
// Four things: what time is it, run this soon, wake this at a time, forget that wake. Runnable and Timer are intrusive:
// they live in the coroutine frames that wait, so posting and arming allocate nothing and cannot fail, and destroying
// one takes it out of its queue.
// Threading: one scheduler, its runnables and its timers belong to one thread at a time; there are no locks.

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

  /// Called by the scheduler, once for each post, outside of any queue: it may be posted again or destroyed.
  virtual void run() noexcept = 0;

  bool queued() const noexcept { return linked(); }

  /// Takes it out of its queue; does nothing when it is in none.
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

  /// Called by the scheduler once the time has come; disarmed by then: it may be armed again or destroyed.
  virtual void fired() noexcept = 0;

  bool armed() const noexcept { return queue_ != nullptr; }

  /// When it will fire; meaningful only while armed.
  TimePoint time() const noexcept { return time_; }

  /// Forgets the wake; does nothing when not armed.
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

class Scheduler {
 public:
  /// The time of this turn of the loop: the same for everything that becomes ready in the turn.
  TimePoint now() const noexcept { return now_; }

  /// Runs `runnable` after everything that is ready already. Never runs it inside this call. It must not be queued.
  virtual void post(Runnable& runnable) noexcept = 0;

  /// Fires `timer` at `time`, or in the next turn if that has passed; an armed timer is moved. All timers due in a turn
  /// fire before anything they post runs: so what posts itself when it fires comes after all completions of that turn,
  /// which is how a completion that is ready at the same tick as a deadline wins.
  virtual void wake_at(Timer& timer, TimePoint time) noexcept = 0;

  /// Forgets the wake of `timer`; does nothing when it is not armed.
  virtual void cancel(Timer& timer) noexcept = 0;

 protected:
  explicit Scheduler(TimePoint now) noexcept : now_(now) {}
  ~Scheduler() = default;

  /// What now() says, which is asked far more often than a turn begins: to be set once a turn, from the clock.
  TimePoint now_;
};

}  // namespace exocast

#include "exocast/gather/detail/timer_queue.h"  // IWYU pragma: export
