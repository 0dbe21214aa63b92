// SPDX-License-Identifier: Apache-2.0
#pragma once
// GatherState: the typed part of a gather: its items, its callable and its outcomes. GatherCore has the rest.
//
// One thread, no locks. The awaiting GatherRun owns it; after the deadline the scope does, while children live.

#include <array>
#include <cassert>
#include <concepts>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <ranges>
#include <utility>

#include "exocast/gather/detail/gather_core.h"
#include "exocast/gather/detail/settle.h"
#include "exocast/gather/gather.h"

namespace exocast {
namespace detail {

template <class Returned>
struct ChildResult {
  static_assert(sizeof(Returned) == 0,
                "exocast: the callable of a gather must return exocast::task<T> by value; write `-> exocast::task<T>` "
                "on the lambda");
};
template <class T>
struct ChildResult<task<T>> {
  using type = T;
};

template <class View, class Each, class OnOutcome>
class GatherState final : public GatherCore {
  using Reference = std::ranges::range_reference_t<View>;
  static_assert(std::invocable<Each&, Reference>, "exocast: the callable of a gather must take an item of the range");
  using Result = typename ChildResult<std::invoke_result_t<Each&, Reference>>::type;
  using ItemOutcome = OutcomeOf<Result>;

 public:
  using GatheredType = Gathered<typename ItemOutcome::value_type, typename ItemOutcome::error_type>;

  GatherState(View items, Each each, const GatherOptions& options, const Policy& policy, OnOutcome on_outcome)
      : GatherCore(options, policy),
        items_(std::move(items)),
        each_(std::move(each)),
        on_outcome_(std::move(on_outcome)),
        next_(first()) {}
  ~GatherState() override {
    while (Flight* flight = take_abandoned()) delete static_cast<Child*>(flight);
  }

  GatheredType take() {
    if (fault()) std::rethrow_exception(fault());
    return std::move(gathered_);
  }

  static void* operator new(std::size_t bytes) { return FrameCache::allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept { FrameCache::release(memory, bytes); }

 private:
  /// An item in flight, with its task. It is destroyed when it lands: so when many are stopped at once, each is touched
  /// once, while it is in the processor's cache.
  struct Child final : Flight {
    Child(GatherState& state, std::size_t index, task<Result> work) noexcept
        : Flight(index, state.now(), state.context()), state(state), work(std::move(work)) {}

    std::coroutine_handle<> completed() noexcept override { return state.ended(*this, true); }
    std::coroutine_handle<> stopped() noexcept override { return state.ended(*this, false); }

    static void* operator new(std::size_t bytes) { return FrameCache::allocate(bytes); }
    static void operator delete(void* memory, std::size_t bytes) noexcept { FrameCache::release(memory, bytes); }

    GatherState& state;
    task<Result> work;
  };

  std::ranges::iterator_t<View> first() {
    if constexpr (std::ranges::sized_range<View>) {  // a single-pass range has a size only before it begins
      progress().total = static_cast<std::size_t>(std::ranges::size(items_));
      gathered_.outcomes.resize(*progress().total);
    }
    return std::ranges::begin(items_);
  }

  /// Inlined into ended(), which calls it for each item.
  [[gnu::always_inline]] std::coroutine_handle<> leave() noexcept override {
    try {
      for (std::size_t started = 0; may_start() && started < starts_per_turn_max; ++started) start_next();
    } catch (...) {
      fail(std::current_exception());
      may_start();  // asks all to stop
    }
    return left();
  }

  /// Pulls one item and starts it.
  [[gnu::always_inline]] void start_next() {
    if (pulled_ == progress().total) return exhausted();  // even if the range has grown since
    // The range moves on only now, so that no item is pulled before there is a place for it.
    if (!advanced_) ++next_;
    advanced_ = true;
    if (next_ == std::ranges::end(items_)) {
      progress().total = pulled_;
      return exhausted();
    }
    if constexpr (!std::ranges::sized_range<View>) gathered_.outcomes.emplace_back();
    const std::size_t index = pulled_;
    task<Result> work = work_for(index);
    if (ends_early()) work.reset();  // all is stopped by the callable itself
    Child* child = work ? new Child(*this, index, std::move(work)) : nullptr;
    ++pulled_;
    advanced_ = false;
    if (child == nullptr) return settled(index);
    take_off(*child);
    child->work.prepare(child->context, *child).resume();
  }

  /// The task for the item whose turn it is; none if it is skipped or fails at once.
  [[gnu::always_inline]] task<Result> work_for(std::size_t index) noexcept {
    try {
      task<Result> work = std::invoke(each_, *next_);
      if (!work) gathered_.outcomes[index].set_reason(Reason::skipped);
      return work;
    } catch (...) {
      gathered_.outcomes[index].set_exception(std::current_exception());
      return skip;
    }
  }

  /// A child's task has completed, or has stopped.
  std::coroutine_handle<> ended(Child& child, bool completed) noexcept {
    const bool outermost = enter();
    land(child);
    const std::size_t index = child.index;
    const bool given_up = child.given_up;
    if (!given_up) record(child, completed);
    delete &child;
    if (!given_up) settled(index);
    return outermost ? leave() : std::noop_coroutine();
  }

  [[gnu::always_inline]] void record(Child& child, bool completed) noexcept {
    ItemOutcome& outcome = gathered_.outcomes[child.index];
    if (completed) settle(outcome, child.work);
    if (completed && !child.stop.requested()) return;
    // After a stop a value still counts; an error is taken for a consequence of the stop.
    if (!outcome.ok()) outcome.set_reason(child.stop.requested() ? child.stop_reason : Reason::cancelled);
  }

  void give_up(Flight& flight, Reason reason) noexcept override {
    static_cast<Child&>(flight).given_up = true;
    gathered_.outcomes[flight.index].set_reason(reason);
    settled(flight.index);
  }

  /// The outcome of an item is final.
  [[gnu::always_inline]] void settled(std::size_t index) noexcept {
    const ItemOutcome& outcome = gathered_.outcomes[index];
    ++progress().counts[static_cast<std::size_t>(outcome.reason())];
    on_outcome_(index, outcome);
  }

  void conclude(Reason ended) noexcept override {
    for (std::size_t index = pulled_; index < gathered_.outcomes.size(); ++index) settled(index);
    gathered_.counts = progress().counts;
    gathered_.ended = ended;
    // What fails after enough have succeeded changes nothing.
    gathered_.satisfied = ended == Reason::enough_succeeded ||
                          satisfied(policy(), options().tolerated, progress(), gathered_.outcomes.size());
  }

  View items_;
  Each each_;
  [[no_unique_address]] OnOutcome on_outcome_;
  GatheredType gathered_;
  std::ranges::iterator_t<View> next_;
  std::size_t pulled_ = 0;
  bool advanced_ = true;
};

/// Awaits a GatherState; owns it unless the scope does.
template <class State>
class GatherRun {
 public:
  explicit GatherRun(std::unique_ptr<State> state) noexcept : state_(state.release()) {}
  GatherRun(const GatherRun&) = delete;
  GatherRun& operator=(const GatherRun&) = delete;
  ~GatherRun() {
    if (!state_->handed_over()) delete state_;
  }

  bool await_ready() const noexcept { return false; }
  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    return state_->begin(handle, handle.promise());
  }
  auto await_resume() { return state_->take(); }

 private:
  State* state_;
};

template <class View, class Each, class OnOutcome>
using GatheredOf = typename GatherState<View, Each, OnOutcome>::GatheredType;

template <class View, class Each, class OnOutcome>
task<GatheredOf<View, Each, OnOutcome>> run_gather(View items, Each each, GatherOptions options, Policy policy,
                                                   OnOutcome on_outcome) {
  using State = GatherState<View, Each, OnOutcome>;
  co_return co_await GatherRun(
      std::make_unique<State>(std::move(items), std::move(each), options, policy, std::move(on_outcome)));
}

}  // namespace detail

template <std::ranges::input_range Items, class Each, class OnOutcome>
auto gather(Items&& items, Each each, GatherOptions options, OnOutcome on_outcome) {
  return detail::run_gather(std::views::all(std::forward<Items>(items)), std::move(each), options, Policy{},
                            std::move(on_outcome));
}

template <std::ranges::input_range Items, class Each, class OnOutcome>
auto join(Items&& items, Each each, GatherOptions options, OnOutcome on_outcome) {
  return detail::run_gather(std::views::all(std::forward<Items>(items)), std::move(each), options,
                            Policy{.fail_fast = true}, std::move(on_outcome));
}

template <std::ranges::input_range Items, class Each, class OnOutcome>
auto quorum(std::size_t enough, Items&& items, Each each, GatherOptions options, OnOutcome on_outcome) {
  return detail::run_gather(std::views::all(std::forward<Items>(items)), std::move(each), options,
                            Policy{.enough = enough, .fail_fast = true}, std::move(on_outcome));
}

template <std::ranges::input_range Items, class Each, class OnOutcome>
auto race(Items&& items, Each each, GatherOptions options, OnOutcome on_outcome) {
  return quorum(1, std::forward<Items>(items), std::move(each), options, std::move(on_outcome));
}

template <class T>
task<OutcomeOf<T>> with_deadline(task<T> work, Deadline deadline, StopSource* stop) {
  assert(work && "exocast: a skipped task cannot be awaited");
  const auto itself = [](task<T>& only) { return std::move(only); };
  auto all = co_await gather(std::array{std::move(work)}, itself, {.deadline = deadline, .stop = stop});
  OutcomeOf<T>& outcome = all.outcomes.front();
  if (outcome.reason() == Reason::not_started) outcome.set_reason(all.ended);
  co_return std::move(outcome);
}

template <class T>
task<OutcomeOf<T>> with_stop(task<T> work, StopSource& stop) {
  return with_deadline(std::move(work), Deadline::never(), &stop);
}

}  // namespace exocast
