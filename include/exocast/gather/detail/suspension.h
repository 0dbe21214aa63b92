// SPDX-License-Identifier: Apache-2.0
#pragma once
// Suspension: what every awaitable that waits for one event is made of.
//
// It remembers the suspended task and listens to its StopSource meanwhile, so that each wait ends in one of two ways:
// resume() because the event came, or stop() because the task was asked to stop. After either, and after the frame is
// destroyed, the Suspension is gone: touch nothing of it. One thread, no locks.

#include <concepts>
#include <coroutine>

#include "exocast/gather/stop.h"
#include "exocast/gather/task.h"

namespace exocast {

class Suspension : private StopCallback {
 public:
  bool await_ready() const noexcept { return false; }

 protected:
  ~Suspension() = default;

  /// From await_suspend: remembers the task. False if it is to stop already: then return stop() from await_suspend.
  template <TaskPromise Promise>
  bool suspend(std::coroutine_handle<Promise> handle) noexcept {
    handle_ = handle;
    promise_ = &handle.promise();
    if (promise_->stop_requested()) return false;
    promise_->context->stop->add(*this);
    return true;
  }

  const Context& context() const noexcept { return *promise_->context; }
  bool suspended() const noexcept { return registered(); }

  /// The event came: the task goes on, inside this call.
  void resume() noexcept {
    leave();
    handle_.resume();
  }

  /// The task stops; returns the coroutine to continue with.
  [[nodiscard]] std::coroutine_handle<> stop() noexcept {
    leave();
    return promise_->stop();
  }

  /// Called when stop is requested while suspended. By default the task stops at once; an awaitable whose operation has
  /// to be wound down first overrides this and calls stop() later.
  void on_stop() noexcept override { stop().resume(); }

 private:
  std::coroutine_handle<> handle_;
  PromiseBase* promise_ = nullptr;
};

/// `co_await this_context()`: the running task's Context, valid while the task is. Never suspends for long.
class ThisContext {
 public:
  bool await_ready() const noexcept { return false; }
  template <TaskPromise Promise>
  bool await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    context_ = handle.promise().context;
    return false;
  }
  const Context& await_resume() const noexcept { return *context_; }

 private:
  const Context* context_ = nullptr;
};
inline ThisContext this_context() noexcept { return {}; }

}  // namespace exocast
