// SPDX-License-Identifier: Apache-2.0
#pragma once
// The awaitable of Event::wait(). One thread; lives in the frame that awaits it.

#include "exocast/gather/detail/suspension.h"
#include "exocast/gather/event.h"

namespace exocast {

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
