// SPDX-License-Identifier: Apache-2.0
#pragma once
// Event: tasks wait until it is set, or until a deadline. Once set it stays set until reset.
//
// Waiting and setting allocate nothing. Setting posts the waiting tasks, in the order of waiting, and runs none of them
// inside the call. One thread, no locks. Lifetime: must outlive its waits.

#include "exocast/gather/detail/suspension.h"

namespace exocast {

class Event {
 public:
  class Wait;

  bool is_set() const noexcept { return set_; }
  void reset() noexcept { set_ = false; }
  inline void set() noexcept;

  /// `bool came = co_await event.wait(deadline)`: goes on when the event is set, at once if it is, or at the deadline.
  /// True if the event is set by then: an event set in the same turn as the deadline counts.
  [[nodiscard]] inline Wait wait(Deadline deadline = Deadline::never()) noexcept;

 private:
  IntrusiveList<Runnable> waiting_;
  bool set_ = false;
};

class Event::Wait final : public Suspension, private Runnable, private Timer {
 public:
  Wait(Event& event, Deadline deadline) noexcept : event_(&event), deadline_(deadline) {}

  bool await_ready() const noexcept { return event_->set_; }
  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    if (!suspend(handle)) return stop();
    event_->waiting_.push_back(*this);
    if (!deadline_.is_never()) context().scheduler->wake_at(*this, deadline_.time());
    return std::noop_coroutine();
  }
  bool await_resume() const noexcept { return event_->set_; }

 private:
  friend class Event;
  void go_on() noexcept { context().scheduler->post(*this); }
  void fired() noexcept override {
    if (event_->set_) return;  // posted already
    unqueue();
    go_on();
  }
  void run() noexcept override {
    disarm();
    resume();
  }

  Event* event_;
  Deadline deadline_;
};

inline Event::Wait Event::wait(Deadline deadline) noexcept { return {*this, deadline}; }

inline void Event::set() noexcept {
  set_ = true;
  while (Runnable* waiting = waiting_.pop_front()) static_cast<Wait*>(waiting)->go_on();
}

}  // namespace exocast
