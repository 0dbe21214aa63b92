// SPDX-License-Identifier: Apache-2.0
#pragma once
// The awaitables of wait.h. One thread, no allocation; each lives in the frame that awaits it.

#include <exception>

#include "exocast/gather/detail/suspension.h"
#include "exocast/gather/wait.h"

namespace exocast {

class Yield final : private Runnable {
 public:
  bool await_ready() const noexcept { return false; }
  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    handle_ = handle;
    promise_ = &handle.promise();
    if (promise_->stop_requested()) return promise_->stop();
    promise_->context->scheduler->post(*this);
    return std::noop_coroutine();
  }
  void await_resume() const noexcept {}

 private:
  // Its turn comes soon, so it is not registered with the StopSource: that is half of its cost.
  void run() noexcept override {
    if (promise_->stop_requested()) return promise_->stop().resume();
    handle_.resume();
  }

  std::coroutine_handle<> handle_;
  PromiseBase* promise_ = nullptr;
};

class Sleep final : public Suspension, private Timer {
 public:
  explicit Sleep(Deadline until) noexcept : until_(until) {}
  explicit Sleep(Duration timeout) noexcept : timeout_(timeout) {}

  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    if (!suspend(handle)) return stop();
    Scheduler& scheduler = *context().scheduler;
    if (timeout_ > Duration::zero()) until_ = Deadline::after(scheduler.now(), timeout_);
    if (!until_.is_never()) scheduler.wake_at(*this, until_.time());
    return std::noop_coroutine();
  }
  void await_resume() const noexcept {}

 private:
  void fired() noexcept override { resume(); }

  Deadline until_ = Deadline::at(TimePoint::min());
  Duration timeout_ = Duration::zero();
};

class UntilStopped final : public Suspension {
 public:
  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    return suspend(handle) ? std::noop_coroutine() : stop();
  }
  [[noreturn]] void await_resume() const noexcept { std::terminate(); }
};

inline Yield yield() noexcept { return {}; }
inline Sleep sleep_until(Deadline until) noexcept { return Sleep(until); }
inline Sleep sleep_for(Duration timeout) noexcept { return Sleep(timeout); }
inline UntilStopped until_stopped() noexcept { return {}; }

}  // namespace exocast
