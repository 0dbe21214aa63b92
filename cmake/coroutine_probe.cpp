// SPDX-License-Identifier: Apache-2.0
//
// Exits 0 if the compiler gets one everyday coroutine right: a conditional expression of which one branch is a
// `co_await` of a temporary. g++ 12 runs destructors of the branch not taken, or of one object twice. Every Counted
// object counts itself, so that the fault shows as a wrong balance instead of depending on what the heap does.
#include <coroutine>
#include <exception>
#include <utility>

namespace {

int alive = 0;       // Counted objects constructed minus destroyed: 0 at the end
bool stray = false;  // a destructor ran on something that is no living object

struct Counted {
  Counted() : self(this) { ++alive; }
  Counted(const Counted&) : self(this) { ++alive; }
  Counted& operator=(const Counted&) { return *this; }
  ~Counted() {
    stray = stray || self != this;
    self = nullptr;
    --alive;
  }
  Counted* self;
};

struct Task {
  struct promise_type {
    struct Final {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) noexcept {
        return self.promise().waiter;
      }
      void await_resume() noexcept {}
    };
    Task get_return_object() { return Task{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    Final final_suspend() noexcept { return {}; }
    void return_value(const Counted&) {}
    void unhandled_exception() { std::terminate(); }
    std::coroutine_handle<> waiter = std::noop_coroutine();
  };

  explicit Task(std::coroutine_handle<promise_type> handle) : frame(handle) {}
  Task(Task&& other) noexcept : frame(std::exchange(other.frame, {})) {}
  ~Task() {
    if (frame) frame.destroy();
  }
  bool await_ready() { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) {
    frame.promise().waiter = caller;
    return frame;
  }
  Counted await_resume() { return {}; }

  std::coroutine_handle<promise_type> frame;
};

Task child(Counted argument) { co_return argument; }

Task parent() {
  for (int round = 0; round < 2; ++round) {
    Counted result = round == 0 ? co_await child(Counted()) : Counted();
    (void)result;
  }
  co_return Counted();
}

}  // namespace

int main() {
  {
    Task task = parent();
    task.frame.resume();
    if (!task.frame.done()) return 3;
  }
  if (stray) return 2;
  return alive == 0 ? 0 : 1;
}
