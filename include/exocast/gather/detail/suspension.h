// SPDX-License-Identifier: Apache-2.0
#pragma once
// Suspension: the base of every awaitable that waits for one event.
//
// It keeps the suspended task and is registered with its StopSource meanwhile, so each wait ends in one of two ways:
// resume() because the event came, or stop() because the task was asked to stop. After either call the Suspension is
// destroyed: touch no member of it. One thread, no locks.

#include <cassert>
#include <coroutine>

#include "exocast/gather/stop.h"
#include "exocast/gather/task.h"

namespace exocast {

class Suspension : private StopCallback {
 public:
  bool await_ready() const noexcept { return false; }

 protected:
  ~Suspension() = default;

  /// For await_suspend: keeps the task. False if it is to stop already: then return stop() from await_suspend.
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
    assert(handle_ && !handle_.done());
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

}  // namespace exocast
