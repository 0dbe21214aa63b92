// SPDX-License-Identifier: Apache-2.0
#pragma once
// ReadyQueue: what a Scheduler is to run now, first in first out. For those who implement a Scheduler.
// Pushing and popping allocate nothing; a destroyed Runnable leaves the queue. One thread, no locks.

#include <cstddef>

#include "exocast/gather/scheduler.h"

namespace exocast {

class ReadyQueue : public IntrusiveList<Runnable> {
 public:
  /// Runs at most `batch_max` of what is queued now, and nothing of what that queues. Returns how many ran.
  std::size_t run_batch(std::size_t batch_max) noexcept {
    // A marker tells this batch from what it posts; runnables may unqueue each other meanwhile.
    Marker marker;
    push_back(marker);
    std::size_t ran = 0;
    while (ran < batch_max && front() != &marker) {
      pop_front()->run();
      ++ran;
    }
    return ran;
  }

 private:
  struct Marker final : Runnable {
    void run() noexcept override {}
  };
};

}  // namespace exocast
