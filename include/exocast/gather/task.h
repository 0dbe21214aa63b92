// SPDX-License-Identifier: Apache-2.0
#pragma once
// task<T>: a coroutine that does one piece of work.
//
//   task<int> twice(int number) {
//     co_await sleep_for(5ms);
//     co_return 2 * number;
//   }
//   int four = co_await twice(2);  // inside another task; or loop.run(twice(2)), scope.spawn(…), gather(…)
//
// A task is lazy: it starts when it is awaited, run, spawned or gathered. It ends in exactly one of three ways: with a
// value, with an exception, or stopped. A stopped task is not resumed: its frame is destroyed, destructors run, and the
// task that awaits it stops too, up to the gather, scope or loop that owns them all. Awaiting needs no stack: a loop
// may await a million finished tasks. Threading: a task runs on the thread of its scheduler. Lifetime: a task object
// owns its frame; destroying it abandons the work where it is suspended.

#include <cassert>
#include <coroutine>
#include <exception>
#include <type_traits>
#include <utility>

#include "exocast/gather/detail/compiler.h"
#include "exocast/gather/outcome.h"
#include "exocast/gather/scheduler.h"
#include "exocast/gather/stop.h"

namespace exocast {

class Scope;
class Continuation;
class ThisContext;

/// The surroundings of a running task; each task hands them down to the tasks it awaits.
struct Context {
  Scheduler* scheduler;  ///< runs the task
  StopSource* stop;      ///< asks the task to stop
  Scope* scope;          ///< owns what outlives a deadline
};

/// `co_await this_context()`: the Context of the running task, valid as long as the task. Does not suspend.
ThisContext this_context() noexcept;

/// The type of `skip`.
struct Skip {};
/// The callable of a gather returns `skip` instead of a task for an item that is not to be done: its outcome is
/// `skipped`.
inline constexpr Skip skip{};

/// Work that ends with a T, which may be void.
template <class T>
class [[nodiscard("a task does nothing until it is awaited, spawned or gathered")]] task {
 public:
  using value_type = std::conditional_t<std::is_void_v<T>, Unit, T>;  ///< T, or Unit for void
  class promise_type;                                                 ///< for the compiler
  using Handle = std::coroutine_handle<promise_type>;                 ///< of the frame

  /// A skipped task, for the callable of a gather. It must not be awaited.
  task(Skip) noexcept {}  // NOLINT(google-explicit-constructor): `return skip;` is the point
  /// Takes the work; `other` is empty afterwards.
  task(task&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  /// Abandons its own work first.
  task& operator=(task&& other) noexcept {
    if (this != &other) {
      reset();
      handle_ = std::exchange(other.handle_, {});
    }
    return *this;
  }
  ~task() { reset(); }

  /// `co_await std::move(work)`: runs it inside the awaiting task. Returns its value, or throws what it threw.
  auto operator co_await() && noexcept {
    assert(handle_);
    return Awaiter(std::move(*this));
  }

  /// False for a skipped or moved-from task.
  explicit operator bool() const noexcept { return static_cast<bool>(handle_); }

  /// Destroys the frame, which abandons the work if it has not ended.
  void reset() noexcept {
    if (handle_) std::exchange(handle_, {}).destroy();
  }

  // For owners of tasks, such as a gather, a scope or a loop.

  /// Prepares the task to run in `context`, and to call `continuation` when it ends; both must outlive it. The owner
  /// resumes the returned handle to start it.
  Handle prepare(const Context& context, Continuation& continuation) noexcept {
    assert(handle_);
    handle_.promise().context = &context;
    handle_.promise().continuation = &continuation;
    return handle_;
  }

  /// The exception that the completed task threw, or null.
  std::exception_ptr& exception() noexcept { return handle_.promise().exception(); }

  /// The value of the completed task, which threw nothing.
  value_type& value() noexcept { return handle_.promise().value(); }

 private:
  explicit task(Handle handle) noexcept : handle_(handle) {}
  class Awaiter;

  Handle handle_;
};

}  // namespace exocast

#include "exocast/gather/detail/task_promise.h"  // IWYU pragma: export
