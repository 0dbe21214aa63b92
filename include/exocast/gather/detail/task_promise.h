// SPDX-License-Identifier: Apache-2.0
#pragma once
// The machinery of task<T>: its promise, its awaiter, and what other awaitables may use of an awaiting task.
// One thread. Frames come from the FrameCache.

#include <cassert>
#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "exocast/gather/detail/frame_cache.h"
#include "exocast/gather/task.h"

namespace exocast {

/// Is called when a task ends. Each call returns the coroutine to continue with (std::noop_coroutine() for none), and
/// may destroy the task's frame.
class Continuation {
 public:
  /// The task has ended with a value or an exception.
  virtual std::coroutine_handle<> completed() noexcept = 0;
  /// The task has stopped.
  virtual std::coroutine_handle<> stopped() noexcept = 0;
  /// For a continuation that stops along with the task: destroys the task and returns its own continuation.
  virtual Continuation* stop_along() noexcept { return nullptr; }

 protected:
  ~Continuation() = default;
};

/// The part of a task's promise that does not depend on its type: what an awaitable may use of the awaiting task.
class PromiseBase {
 public:
  // Set by the owner, which starts the task.
  Continuation* continuation = nullptr;
  const Context* context = nullptr;

  bool stop_requested() const noexcept { return context->stop->requested(); }

  /// Ends the suspended task as stopped; returns the coroutine to continue with. The frame is gone afterwards.
  std::coroutine_handle<> stop() noexcept {
    Continuation* next = continuation;
    while (Continuation* outer = next->stop_along()) next = outer;
    return next->stopped();
  }

  static void* operator new(std::size_t bytes) { return FrameCache::allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept { FrameCache::release(memory, bytes); }

  std::suspend_always initial_suspend() const noexcept { return {}; }

  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
      return handle.promise().continuation->completed();
    }
    void await_resume() const noexcept {}
  };
  FinalAwaiter final_suspend() const noexcept { return {}; }

  void unhandled_exception() noexcept { exception_ = std::current_exception(); }

  /// The exception that the finished task threw, or null.
  std::exception_ptr& exception() noexcept { return exception_; }

 private:
  std::exception_ptr exception_;
};

/// A promise of task<T>, as an awaitable sees it.
template <class Promise>
concept TaskPromise = std::derived_from<Promise, PromiseBase>;

namespace detail {

template <class T>
class PromiseWithValue : public PromiseBase {
 public:
  template <class U = T>
    requires std::is_constructible_v<T, U&&>
  void return_value(U&& value) noexcept(std::is_nothrow_constructible_v<T, U&&>) {
    value_.emplace(std::forward<U>(value));
  }
  T& value() noexcept {
    assert(value_.has_value());
    return *value_;
  }

 private:
  std::optional<T> value_;
};

template <>
class PromiseWithValue<void> : public PromiseBase {
 public:
  void return_void() const noexcept {}
  Unit& value() noexcept { return value_; }

 private:
  [[no_unique_address]] Unit value_;
};

}  // namespace detail

template <class T>
class task<T>::promise_type final : public detail::PromiseWithValue<T> {
 public:
  task get_return_object() noexcept { return task(Handle::from_promise(*this)); }
};

template <class T>
class task<T>::Awaiter final : public Continuation {
 public:
  explicit Awaiter(task child) noexcept : child_(std::move(child)) {}

  bool await_ready() const noexcept { return false; }

  template <class Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> parent) noexcept {
    parent_ = parent;
    parent_promise_ = &parent.promise();
    return child_.prepare(*parent_promise_->context, *this);
  }

  T await_resume() {
    if (child_.exception()) std::rethrow_exception(std::move(child_.exception()));
    if constexpr (!std::is_void_v<T>) return std::move(child_.value());
  }

  std::coroutine_handle<> completed() noexcept override { return parent_; }
  std::coroutine_handle<> stopped() noexcept override { return std::noop_coroutine(); }
  Continuation* stop_along() noexcept override {
    child_.reset();
    return parent_promise_->continuation;
  }

 private:
  task child_;
  std::coroutine_handle<> parent_;
  PromiseBase* parent_promise_ = nullptr;
};

/// Awaits the Context of the awaiting task.
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
