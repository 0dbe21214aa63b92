// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bounded: the engine under with_deadline and with_stop.
//
// It keeps the rules of GatherCore for one task, without a list, a policy or a limit. The timer and the StopSource of
// the caller only post; what they ask for is done one turn later, so that a completion of the same turn comes first.
// One thread, no locks. The awaiting coroutine owns it; after the deadline the scope does, if the task does not stop.

#include <cassert>
#include <coroutine>
#include <memory>
#include <utility>

#include "exocast/gather/detail/settle.h"
#include "exocast/gather/detail/stop_handler.h"
#include "exocast/gather/gather.h"
#include "exocast/gather/scope.h"

namespace exocast::detail {

/// The part that does not depend on the task's type.
class BoundedCore : private Continuation, private Timer, private Runnable, private Scope::Member {
 public:
  BoundedCore(const BoundedCore&) = delete;
  BoundedCore& operator=(const BoundedCore&) = delete;

  /// True once the caller goes on while the task still runs: the scope owns this.
  bool handed_over() const noexcept { return state_ == State::handed_over; }

  static void* operator new(std::size_t bytes) { return FrameCache::allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept { FrameCache::release(memory, bytes); }

 protected:
  BoundedCore(Deadline deadline, StopSource* stop) noexcept : deadline_(deadline), option_(stop) {}
  virtual ~BoundedCore() = default;

  /// Says why the task is not to be started at all; ok if it is.
  Reason refusal(const Context& context) const noexcept {
    if (option_requested()) return Reason::cancelled;
    return deadline_.passed(context.scheduler->now()) ? Reason::timed_out : Reason::ok;
  }

  /// Listens to all that may end the task, which then starts in `context_` with this as its continuation.
  void listen(std::coroutine_handle<> caller, PromiseBase& promise) noexcept {
    caller_ = caller;
    promise_ = &promise;
    const Context& surroundings = *promise.context;
    context_ = {.scheduler = surroundings.scheduler, .stop = &stop_, .scope = surroundings.scope};
    surroundings.stop->add(caller_stop_);
    if (option_ != nullptr) option_->add(option_stop_);
    if (!deadline_.is_never()) context_.scheduler->wake_at(*this, deadline_.time());
  }

  const Context& context() const noexcept { return context_; }
  Continuation& continuation() noexcept { return *this; }
  bool completed_with_result() const noexcept { return state_ == State::completed; }
  bool asked_to_stop() const noexcept { return stop_.requested(); }
  Reason reason() const noexcept { return reason_; }
  void set_reason(Reason reason) noexcept { reason_ = reason; }

 private:
  enum class State : std::uint8_t { running, completed, stopped, handed_over };

  bool option_requested() const noexcept { return option_ != nullptr && option_->requested(); }

  std::coroutine_handle<> completed() noexcept override { return ended(State::completed); }
  std::coroutine_handle<> stopped() noexcept override { return ended(State::stopped); }

  std::coroutine_handle<> ended(State how) noexcept {
    if (handed_over()) {
      context_.scope->ended(*this, 0);
      delete this;
      return std::noop_coroutine();
    }
    state_ = how;
    return asking_ ? std::noop_coroutine() : go_on();
  }

  /// Asks the task to stop. If it ends inside the request, the caller of this goes on.
  void ask(Reason reason) noexcept {
    if (stop_.requested()) return;
    reason_ = reason;
    asking_ = true;
    stop_.request();
    asking_ = false;
  }

  void fired() noexcept override { post_turn(); }
  void stop_by_option() noexcept { post_turn(); }
  void stop_with_caller() noexcept {
    caller_stopped_ = true;
    if (asking_) return;
    ask(Reason::cancelled);
    if (state_ != State::running) go_on().resume();
  }

  void post_turn() noexcept {
    if (!queued()) context_.scheduler->post(*this);
  }

  /// The turn after the timer fired, or after the caller's source was requested.
  void run() noexcept override {
    if (option_requested()) ask(Reason::cancelled);
    if (deadline_.passed(context_.scheduler->now())) {
      ask(Reason::timed_out);
      // What is ready already has this turn to wind down; then the caller waits for nobody.
      if (state_ == State::running && std::exchange(last_call_, true)) return hand_over().resume();
      if (state_ == State::running) post_turn();
    }
    if (state_ != State::running) go_on().resume();
  }

  std::coroutine_handle<> hand_over() noexcept {
    state_ = State::handed_over;
    context_.scope->adopt(*this, 1);
    return go_on();
  }

  /// The coroutine to continue with. Does not touch this afterwards: the caller destroys it, unless the scope owns it.
  std::coroutine_handle<> go_on() noexcept {
    caller_stop_.leave();
    option_stop_.leave();
    disarm();
    unqueue();
    return caller_stopped_ ? promise_->stop() : caller_;
  }

  void abandon() noexcept override {
    context_.scope->release(*this);
    delete this;
  }

  const Deadline deadline_;
  StopSource* const option_;
  std::coroutine_handle<> caller_;
  PromiseBase* promise_ = nullptr;
  Context context_{};
  StopSource stop_;  // of the task
  Reason reason_ = Reason::cancelled;
  State state_ = State::running;
  bool asking_ = false;
  bool caller_stopped_ = false;
  bool last_call_ = false;  // the deadline has come, and what is ready may still end
  StopHandler<BoundedCore> caller_stop_{*this, &BoundedCore::stop_with_caller};
  StopHandler<BoundedCore> option_stop_{*this, &BoundedCore::stop_by_option};
};

template <class Result>
class Bounded final : public BoundedCore {
 public:
  Bounded(task<Result> work, Deadline deadline, StopSource* stop) noexcept
      : BoundedCore(deadline, stop), work_(std::move(work)) {}

  /// Starts it for the suspended `caller`; returns the coroutine to continue with.
  std::coroutine_handle<> begin(std::coroutine_handle<> caller, PromiseBase& promise) noexcept {
    if (promise.stop_requested()) return promise.stop();
    if (const Reason why = refusal(*promise.context); why != Reason::ok) {
      set_reason(why);
      return caller;
    }
    listen(caller, promise);
    return work_.prepare(context(), continuation());
  }

  /// How it ended.
  OutcomeOf<Result> take() {
    OutcomeOf<Result> outcome(reason());
    if (!completed_with_result()) return outcome;
    settle(outcome, work_);
    // After a stop a value still counts; an error is taken for a consequence of the stop.
    if (!outcome.ok() && asked_to_stop()) outcome.set_reason(reason());
    return outcome;
  }

 private:
  task<Result> work_;
};

/// Awaits a Bounded; owns it unless the scope does.
template <class Result>
class BoundedRun {
 public:
  BoundedRun(task<Result> work, Deadline deadline, StopSource* stop)
      : bounded_(new Bounded<Result>(std::move(work), deadline, stop)) {}
  BoundedRun(const BoundedRun&) = delete;
  BoundedRun& operator=(const BoundedRun&) = delete;
  ~BoundedRun() {
    if (!bounded_->handed_over()) delete bounded_;
  }

  bool await_ready() const noexcept { return false; }
  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    return bounded_->begin(handle, handle.promise());
  }
  OutcomeOf<Result> await_resume() { return bounded_->take(); }

 private:
  Bounded<Result>* bounded_;
};

template <class Result>
task<OutcomeOf<Result>> run_bounded(task<Result> work, Deadline deadline, StopSource* stop) {
  assert(work && "exocast: a skipped task cannot be awaited");
  BoundedRun<Result> run(std::move(work), deadline, stop);
  co_return co_await run;
}

}  // namespace exocast::detail

namespace exocast {

template <class T>
task<OutcomeOf<T>> with_deadline(task<T> work, Deadline deadline, StopSource* stop) {
  return detail::run_bounded(std::move(work), deadline, stop);
}

template <class T>
task<OutcomeOf<T>> with_stop(task<T> work, StopSource& stop) {
  return detail::run_bounded(std::move(work), Deadline::never(), &stop);
}

}  // namespace exocast
