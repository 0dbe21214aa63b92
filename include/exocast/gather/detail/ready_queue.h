// SPDX-License-Identifier: Apache-2.0
#pragma once
// ReadyQueue: the intrusive first-in-first-out list of what is to run now. For those who implement a Scheduler.
// Pushing and popping allocate nothing; a destroyed Runnable leaves the list by itself. One thread, no locks.

#include <cstddef>

#include "exocast/gather/scheduler.h"

namespace exocast {

class ReadyQueue {
 public:
  ReadyQueue() noexcept { ends_.next_ = ends_.prev_ = &ends_; }
  ~ReadyQueue() {
    while (pop() != nullptr) {
    }
    ends_.next_ = ends_.prev_ = nullptr;
  }

  bool empty() const noexcept { return ends_.next_ == &ends_; }

  /// Puts `runnable`, which is in no queue, last.
  void push(Runnable& runnable) noexcept {
    runnable.next_ = &ends_;
    runnable.prev_ = ends_.prev_;
    ends_.prev_->next_ = &runnable;
    ends_.prev_ = &runnable;
  }

  /// Takes the first; nullptr when empty.
  Runnable* pop() noexcept {
    Runnable* first = ends_.next_;
    if (first == &ends_) return nullptr;
    ends_.next_ = first->next_;
    first->next_->prev_ = &ends_;
    first->next_ = first->prev_ = nullptr;
    return first;
  }

  /// The first, which stays; nullptr when empty.
  Runnable* first() const noexcept { return empty() ? nullptr : ends_.next_; }

  /// Runs what is queued now, at most `batch_max` of it, and not what that queues. Returns how many ran.
  std::size_t run_batch(std::size_t batch_max) noexcept {
    // A marker tells this batch from what it posts; runnables may unqueue each other meanwhile.
    Ends marker;
    push(marker);
    std::size_t ran = 0;
    while (ran < batch_max && ends_.next_ != &marker) {
      pop()->run();
      ++ran;
    }
    return ran;
  }

 private:
  struct Ends final : Runnable {
    void run() noexcept override {}
  };
  Ends ends_;
};

}  // namespace exocast
