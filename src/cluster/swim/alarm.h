// SPDX-License-Identifier: Apache-2.0
#pragma once
// Alarm: the clock of a Membership and its one timer, which the parts of the Membership share.
//
// Threading: the one thread of the scheduler. Lifetime: the scheduler outlives it.

#include <functional>
#include <utility>

#include "exocast/gather/scheduler.h"

namespace exocast::swim {

class Alarm final : private Timer, private Runnable {
 public:
  Alarm(Scheduler& scheduler, std::function<void()> wake) : scheduler_(scheduler), wake_(std::move(wake)) {}

  TimePoint now() const noexcept { return scheduler_.now(); }

  /// Calls `wake` at `time`, or earlier if an earlier time has been requested since the last wake.
  void wake_by(TimePoint time) noexcept {
    if (queued() || (armed() && Timer::time() <= time)) return;
    due_ = time;
    scheduler_.wake_at(*this, time);
  }
  /// In `wake`: how much later than requested it is called.
  Duration late() const noexcept { return now() - due_; }

  using Timer::disarm;

 private:
  // After the datagrams that arrived meanwhile: an ack that is already here counts.
  void fired() noexcept override {
    if (!queued()) scheduler_.post(*this);
  }
  void run() noexcept override { wake_(); }

  Scheduler& scheduler_;
  std::function<void()> wake_;
  TimePoint due_{};
};

}  // namespace exocast::swim
