// SPDX-License-Identifier: Apache-2.0
#pragma once
// task<T>: a coroutine that does one piece of work and ends in exactly one of three ways: with a value (co_return),
// with an exception (a bug, or a throwing callee), or stopped.
//
// Lazy: it starts when it is awaited, spawned or gathered. Stopping is the third channel, not a value and not an
// exception: a stopped task is not resumed; its frame is destroyed (destructors run) and the task that awaits it stops
// too, up to the gather, scope or loop that owns them all. Awaiting needs no stack: a loop may await a million finished
// tasks. Threading: a task runs on its scheduler's thread. Lifetime: a task object owns its frame; destroying it
// abandons the work at the point where it is suspended. Frames come from the FrameCache.

#include <coroutine>
#include <exception>
#include <expected>
#include <optional>
#include <type_traits>
#include <utility>

#include "exocast/gather/detail/compiler.h"
#include "exocast/gather/detail/frame_cache.h"
#include "exocast/gather/scheduler.h"
#include "exocast/gather/stop.h"

namespace exocast {

class Scope;

/// What a running task knows of its surroundings. Handed down from awaiting task to awaited task.
struct Context {
  Scheduler* scheduler;  ///< runs it
  StopSource* stop;      ///< asks it to stop
  Scope* scope;          ///< owns what outlives a gather's deadline
};

/// Stands for no value, where a type is needed: what task<void> ends with.
struct Unit {
  friend constexpr bool operator==(Unit, Unit) noexcept = default;
};

/// Returned by the callable of a gather in place of a task: this item is not to be done. Its outcome says `skipped`.
struct Skip {};
inline constexpr Skip skip{};

/// Who is told how a task ended. Each call returns the coroutine to continue with (std::noop_coroutine() for none) and
/// may destroy the task's frame.
class Receiver {
 public:
  virtual std::coroutine_handle<> completed() noexcept = 0;
  virtual std::coroutine_handle<> stopped() noexcept = 0;
  /// For a receiver that stops along with the task: drops the task and names its own receiver.
  virtual Receiver* stop_along() noexcept { return nullptr; }

 protected:
  ~Receiver() = default;
};

/// The part of a task's promise that does not depend on its type: what an awaitable may use of the awaiting task.
class PromiseBase {
 public:
  /// Set by whoever starts the task.
  Receiver* receiver = nullptr;
  const Context* context = nullptr;

  bool stop_requested() const noexcept { return context->stop->requested(); }

  /// Ends the suspended task as stopped; returns the coroutine to continue with. The frame is gone afterwards.
  std::coroutine_handle<> stop() noexcept {
    Receiver* to = receiver;
    while (Receiver* outer = to->stop_along()) to = outer;
    return to->stopped();
  }

  static void* operator new(std::size_t bytes) { return FrameCache::allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept { FrameCache::release(memory, bytes); }

  std::suspend_always initial_suspend() const noexcept { return {}; }

  struct FinalAwaiter {
    bool await_ready() const noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
      return handle.promise().receiver->completed();
    }
    void await_resume() const noexcept {}
  };
  FinalAwaiter final_suspend() const noexcept { return {}; }

  void unhandled_exception() noexcept { exception_ = std::current_exception(); }

  /// What the finished task threw, or null.
  std::exception_ptr& exception() noexcept { return exception_; }

 private:
  std::exception_ptr exception_;
};

template <class T>
class [[nodiscard("a task does nothing until it is awaited, spawned or gathered")]] task {
 public:
  using value_type = std::conditional_t<std::is_void_v<T>, Unit, T>;
  class promise_type;
  using Handle = std::coroutine_handle<promise_type>;

  /// A task that is skipped; for the callable of a gather. Must not be awaited.
  task(Skip) noexcept {}  // NOLINT(google-explicit-constructor): `return skip;` is the point
  task(task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  task& operator=(task&& other) noexcept {
    if (this != &other) {
      reset();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~task() { reset(); }

  /// False for a skipped or moved-from task.
  explicit operator bool() const noexcept { return static_cast<bool>(handle_); }

  /// For owners (gather, scope, loop): makes it ready to run in `context`, telling `receiver` how it ends; both must
  /// outlive it. Resume the returned handle to run it.
  Handle prepare(const Context& context, Receiver& receiver) noexcept {
    handle_.promise().context = &context;
    handle_.promise().receiver = &receiver;
    return handle_;
  }

  /// For owners, once completed: what it threw, or null; and its value, if it threw nothing.
  std::exception_ptr& exception() noexcept { return handle_.promise().exception(); }
  value_type& value() noexcept { return handle_.promise().value(); }

  /// Destroys the frame, abandoning the work if it has not ended.
  void reset() noexcept {
    if (handle_) std::exchange(handle_, {}).destroy();
  }

  /// Runs it inside the awaiting task: its value, or its exception thrown.
  auto operator co_await() && noexcept { return Awaiter(std::move(*this)); }

 private:
  explicit task(Handle handle) noexcept : handle_(handle) {}
  class Awaiter;

  Handle handle_;
};

namespace detail {

template <class T>
class PromiseWithValue : public PromiseBase {
 public:
  template <class U = T>
    requires std::is_constructible_v<T, U&&>
  void return_value(U&& value) noexcept(std::is_nothrow_constructible_v<T, U&&>) {
    value_.emplace(std::forward<U>(value));
  }
  T& value() noexcept { return *value_; }

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
class task<T>::Awaiter final : public Receiver {
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
  Receiver* stop_along() noexcept override {
    child_.reset();
    return parent_promise_->receiver;
  }

 private:
  task child_;
  std::coroutine_handle<> parent_;
  PromiseBase* parent_promise_ = nullptr;
};

/// A coroutine type of ours, seen from an awaitable.
template <class Promise>
concept TaskPromise = std::derived_from<Promise, PromiseBase>;

}  // namespace exocast
