// SPDX-License-Identifier: Apache-2.0
#pragma once
// World: a loop on virtual time, and additional waits for tests.
//
// Unlike the product's waits, Gate runs its waiter inside open(), Stubborn ignores its stop, and WindDown takes time to
// stop. A gather must cope with each. One thread.

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "exocast/gather/gather.h"
#include "exocast/gather/run_loop.h"

namespace exocast::test {

using namespace std::chrono_literals;

struct World {
  VirtualClock clock;
  RunLoop loop{clock};
  TimePoint start = loop.now();

  Deadline at(Duration after_start) const { return Deadline::at(start + after_start); }
  Duration elapsed() const { return loop.now() - start; }

  template <class T>
  OutcomeOf<T> run(task<T> work, Duration drain_timeout = 1s) {
    return loop.run(std::move(work), drain_timeout);
  }
};

/// A clock that advances at each reading, as real time does while work runs.
struct PassingClock final : ClockSource {
  TimePoint now() noexcept override { return time += 1ms; }
  void sleep_until(TimePoint until) noexcept override { time = std::max(time, until); }
  TimePoint time{};
};

/// `co_await Stubborn(until)`: resumes at `until` and ignores its stop; at Deadline::never() it never resumes.
class Stubborn final : private Timer {
 public:
  explicit Stubborn(Deadline until) noexcept : until_(until) {}

  bool await_ready() const noexcept { return false; }
  template <TaskPromise Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    handle_ = handle;
    if (!until_.is_never()) handle.promise().context->scheduler->wake_at(*this, until_.time());
  }
  void await_resume() const noexcept {}

 private:
  void fired() noexcept override { handle_.resume(); }

  Deadline until_;
  std::coroutine_handle<> handle_;
};

/// `co_await WindDown(until, takes)`: resumes at `until`; if asked to stop earlier, it stops `takes` later.
class WindDown final : public Suspension, private Timer {
 public:
  WindDown(Deadline until, Duration takes) noexcept : until_(until), takes_(takes) {}

  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    if (!suspend(handle)) return stop();
    if (!until_.is_never()) context().scheduler->wake_at(*this, until_.time());
    return std::noop_coroutine();
  }
  void await_resume() const noexcept {}

 private:
  void on_stop() noexcept override {
    stopping_ = true;
    context().scheduler->wake_at(*this, Deadline::after(context().scheduler->now(), takes_).time());
  }
  void fired() noexcept override { stopping_ ? stop().resume() : resume(); }

  Deadline until_;
  Duration takes_;
  bool stopping_ = false;
};

/// Holds one task until opened, and runs it inside open(), as a semaphore does that passes on its permit. A deaf wait
/// ignores its stop.
class Gate {
 public:
  class Wait;
  inline Wait wait() noexcept;
  inline Wait wait_deaf() noexcept;
  inline void open() noexcept;
  bool waited_for() const noexcept { return waiting_ != nullptr; }

 private:
  Wait* waiting_ = nullptr;
  bool open_ = false;
};

class Gate::Wait final : public Suspension {
 public:
  Wait(Gate& gate, bool deaf) noexcept : gate_(&gate), deaf_(deaf) {}
  ~Wait() {
    if (gate_->waiting_ == this) gate_->waiting_ = nullptr;
  }

  bool await_ready() const noexcept { return gate_->open_; }
  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    if (!suspend(handle) && !deaf_) return stop();
    handle_ = handle;
    gate_->waiting_ = this;
    return std::noop_coroutine();
  }
  void await_resume() const noexcept {}

 private:
  friend class Gate;
  void on_stop() noexcept override {
    if (!deaf_) stop().resume();
  }

  Gate* gate_;
  bool deaf_;
  std::coroutine_handle<> handle_;
};

inline Gate::Wait Gate::wait() noexcept { return {*this, false}; }
inline Gate::Wait Gate::wait_deaf() noexcept { return {*this, true}; }
inline void Gate::open() noexcept {
  open_ = true;
  if (waiting_ != nullptr) std::exchange(waiting_, nullptr)->resume();
}

/// Calls `what` when it is destroyed.
template <class What>
class AtEnd {
 public:
  explicit AtEnd(What what) noexcept : what_(std::move(what)) {}
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;
  ~AtEnd() { what_(); }

 private:
  What what_;
};

/// The range of stack depths at the calls of note(): a large range means that the stack grew.
class StackUse {
 public:
  [[gnu::noinline]] void note() noexcept {
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    lowest_ = std::min(lowest_, here);
    highest_ = std::max(highest_, here);
  }
  std::size_t bytes() const noexcept { return highest_ < lowest_ ? 0 : highest_ - lowest_; }

 private:
  std::uintptr_t lowest_ = UINTPTR_MAX;
  std::uintptr_t highest_ = 0;
};

/// Counts its live instances.
class Counted {
 public:
  explicit Counted(int& alive) noexcept : alive_(&alive) { ++alive; }
  Counted(const Counted& other) noexcept : alive_(other.alive_) { ++*alive_; }
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --*alive_; }

 private:
  int* alive_;
};

/// The reasons of all outcomes in order, for a comparison in one line: "ok error not_started".
template <class T, class E>
std::string reasons(const Gathered<T, E>& gathered) {
  std::string words;
  for (const auto& outcome : gathered.outcomes) {
    if (!words.empty()) words += ' ';
    words += to_string(outcome.reason());
  }
  return words;
}

}  // namespace exocast::test
