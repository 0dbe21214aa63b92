// SPDX-License-Identifier: Apache-2.0
#pragma once
// StepLoop: a Scheduler on virtual time that does one thing per step - fires one timer, runs one runnable or lets time
// pass - so that a test can interfere after any of them. One thread; outlives its scopes and tasks.

#include <algorithm>
#include <cstdint>

#include "exocast/gather/detail/ready_queue.h"
#include "exocast/gather/detail/timer_queue.h"

namespace exocast::test {

class StepLoop final : public Scheduler {
 public:
  StepLoop() noexcept : Scheduler(TimePoint(std::chrono::hours(1))) {}

  /// False when there is nothing to wait for.
  bool step() noexcept {
    if (Timer* due = timers_.pop_due(now_)) {
      due->fired();
    } else if (!ready_.empty()) {
      ready_.run_batch(1);
    } else if (Timer* late = late_.pop_due(now_)) {
      timers_.arm(*late, late->time(), ++armed_);
    } else if (!timers_.empty()) {
      now_ = std::max(now_, timers_.next());
    } else {
      return false;
    }
    return true;
  }

  void post(Runnable& runnable) noexcept override { ready_.push_back(runnable); }
  void wake_at(Timer& timer, TimePoint time) noexcept override {
    (time <= now_ ? late_ : timers_).arm(timer, time, ++armed_);
  }
  void cancel(Timer& timer) noexcept override { timer.disarm(); }

 private:
  ReadyQueue ready_;
  TimerQueue timers_;
  TimerQueue late_;  // armed for a past time: runs after all that is ready
  std::uint64_t armed_ = 0;
};

}  // namespace exocast::test
