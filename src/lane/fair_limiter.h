// SPDX-License-Identifier: Apache-2.0
#pragma once
// FairLimiter: the limit on the calls that a node makes to exo's nodes at the same time, shared fairly by its
// broadcasts; a native link has a window instead. FairShare decides which claim is next; this class makes tasks wait
// for it.
//
//   FairLimiter::Turn turn(limiter, flow, target);
//   co_await turn;   // resumes when it gets a place, or at once when the task is asked to stop
//   …                // `turn` releases the place when it is destroyed, however the task ends
//
// Waiting allocates nothing; a free place is taken without suspending. A granted task is posted, never resumed inside
// another task's release.
// Threading: one thread, that of the scheduler; no locks. Lifetime: limiter, flow and target outlive their turns.

#include "exocast/gather/detail/suspension.h"
#include "lane/fair_share.h"

namespace exocast {

class FairLimiter final : private Timer {
 public:
  using Flow = FairShare::Flow;
  using Target = FairShare::Target;
  class Turn;

  FairLimiter(Scheduler& scheduler, const FairLimits& limits) noexcept : scheduler_(scheduler), share_(limits) {}

  /// The numbers of active, parked and waiting claims, and the peaks.
  const FairMetrics& metrics() const noexcept { return share_.metrics(); }
  const FairLimits& limits() const noexcept { return share_.limits(); }

 private:
  void fired() noexcept override { grant(); }
  inline void grant() noexcept;

  /// Keeps the timer armed for the next time to park, or earlier: a needless wake is cheaper than moving the timer
  /// often.
  void arm() noexcept {
    const TimePoint next = share_.next_park();
    if (next == TimePoint::max() || (armed() && time() <= next)) return;
    scheduler_.wake_at(*this, next);
  }

  Scheduler& scheduler_;
  FairShare share_;
};

class FairLimiter::Turn final : public Suspension, private Runnable, private FairShare::Claim {
 public:
  /// A turn of `flow` to use `target`. It requests a place when it is awaited, which may be done once.
  Turn(FairLimiter& limiter, Flow& flow, Target& target) noexcept : Claim(flow, target), limiter_(limiter) {}
  ~Turn() {
    limiter_.share_.release(*this, limiter_.scheduler_.now());
    limiter_.grant();
  }

  bool await_ready() noexcept { return limiter_.share_.request(*this, limiter_.scheduler_.now()); }
  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    if (!suspend(handle)) return stop();
    limiter_.arm();
    return std::noop_coroutine();
  }
  void await_resume() const noexcept {}

  using Claim::blocked;
  using Claim::granted;

 private:
  friend class FairLimiter;
  void run() noexcept override { resume(); }

  FairLimiter& limiter_;
};

inline void FairLimiter::grant() noexcept {
  while (FairShare::Claim* granted = share_.grant_next(scheduler_.now())) {
    scheduler_.post(static_cast<Turn&>(*granted));
  }
  arm();
}

}  // namespace exocast
