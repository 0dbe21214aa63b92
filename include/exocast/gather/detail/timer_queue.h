// SPDX-License-Identifier: Apache-2.0
#pragma once
// TimerQueue: armed timers, soonest first, as an intrusive pairing heap. For those who implement a Scheduler.
//
// Fredman, Sedgewick, Sleator, Tarjan: "The Pairing Heap" (1986): insert O(1), remove O(log n) amortised. It is
// intrusive and allocates nothing, so arming a timer cannot fail. Timers of the same moment fire in the order of a tie
// value: the order of arming by default, a seeded random number in simulation. One thread, no locks.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "exocast/gather/scheduler.h"

namespace exocast {

class TimerQueue {
 public:
  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;
  ~TimerQueue() {
    while (root_ != nullptr) remove(*root_);
  }

  bool empty() const noexcept { return root_ == nullptr; }
  std::size_t size() const noexcept { return size_; }

  /// The soonest time; TimePoint::max() when empty.
  TimePoint next() const noexcept { return root_ != nullptr ? root_->time_ : TimePoint::max(); }

  /// Arms `timer` at `time`, moving it if it is armed here already.
  void arm(Timer& timer, TimePoint time, std::uint64_t tie) noexcept {
    timer.disarm();
    timer.queue_ = this;
    timer.time_ = time;
    timer.tie_ = tie;
    root_ = meld(root_, &timer);
    ++size_;
  }

  /// Disarms and returns the soonest timer that is due at `now`; nullptr when none is.
  Timer* pop_due(TimePoint now) noexcept {
    if (root_ == nullptr || root_->time_ > now) return nullptr;
    Timer* first = root_;
    remove(*first);
    return first;
  }

  /// Disarms `timer`, which is armed here.
  void remove(Timer& timer) noexcept {
    assert(timer.queue_ == this);
    Timer* below = pair_up(timer.child_);
    if (&timer == root_) {
      root_ = below;
    } else {
      cut(timer);
      root_ = meld(root_, below);
    }
    timer.queue_ = nullptr;
    timer.child_ = timer.sibling_ = timer.before_ = nullptr;
    --size_;
  }

 private:
  static bool sooner(const Timer& a, const Timer& b) noexcept {
    return a.time_ != b.time_ ? a.time_ < b.time_ : a.tie_ < b.tie_;
  }

  /// `before_` is the parent for a first child and the previous sibling for the others.
  static Timer* meld(Timer* a, Timer* b) noexcept {
    if (a == nullptr) return b;
    if (b == nullptr) return a;
    if (sooner(*b, *a)) std::swap(a, b);
    b->before_ = a;
    b->sibling_ = a->child_;
    if (a->child_ != nullptr) a->child_->before_ = b;
    a->child_ = b;
    return a;
  }

  static void cut(Timer& timer) noexcept {
    (timer.before_->child_ == &timer ? timer.before_->child_ : timer.before_->sibling_) = timer.sibling_;
    if (timer.sibling_ != nullptr) timer.sibling_->before_ = timer.before_;
    timer.sibling_ = timer.before_ = nullptr;
  }

  /// Melds a list of siblings: in pairs from left to right, then all from right to left.
  static Timer* pair_up(Timer* first) noexcept {
    Timer* pairs = nullptr;  // a stack linked through sibling_
    while (first != nullptr) {
      Timer* a = first;
      Timer* b = a->sibling_;
      first = b != nullptr ? b->sibling_ : nullptr;
      a->sibling_ = a->before_ = nullptr;
      if (b != nullptr) b->sibling_ = b->before_ = nullptr;
      Timer* pair = meld(a, b);
      pair->sibling_ = pairs;
      pairs = pair;
    }
    Timer* root = nullptr;
    while (pairs != nullptr) {
      Timer* pair = pairs;
      pairs = pair->sibling_;
      pair->sibling_ = nullptr;
      root = meld(root, pair);
    }
    return root;
  }

  Timer* root_ = nullptr;
  std::size_t size_ = 0;
};

inline void Timer::disarm() noexcept {
  if (queue_ != nullptr) queue_->remove(*this);
}

}  // namespace exocast
