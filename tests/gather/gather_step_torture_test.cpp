// SPDX-License-Identifier: Apache-2.0
// Stops or destroys everything after the k-th step, for every k: nothing leaks or lives on.
#include <gtest/gtest.h>

#include "testing/gather/heap.h"
#include "testing/gather/step_loop.h"
#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::Counted;
using test::Heap;
using test::StepLoop;
using test::Stubborn;
using test::WindDown;
using namespace std::chrono_literals;

/// Every kind of wait, nested, with deadlines and stragglers; it ends by itself after a few hundred steps.
struct Everything {
  task<int> leaf(int i) {
    const Counted counted(alive);
    const TimePoint now = (co_await this_context()).scheduler->now();
    switch (i % 6) {
      case 0:
        break;
      case 1:
        co_await yield();
        break;
      case 2:
        co_await sleep_for(i * 1ms);
        break;
      case 3:
        co_await Stubborn(Deadline::at(now + 30ms));
        break;
      case 4:
        co_await WindDown(Deadline::never(), 7ms);
        break;
      default:
        co_await event.wait(Deadline::at(now + 5ms));
    }
    if (i == 9) event.set();
    co_return i;
  }
  task<int> branch(int i) {
    const Counted counted(alive);
    const Context& context = co_await this_context();
    const auto each = [this](int k) { return leaf(k); };
    const GatherOptions options = {.limit = static_cast<std::size_t>(1 + i),
                                   .deadline = Deadline::at(context.scheduler->now() + 12ms)};
    const auto all = std::views::iota(0, 10);
    const auto gathered = i % 4 == 1 ? co_await quorum(3, all, each, options) : co_await gather(all, each, options);
    co_return static_cast<int>(gathered.count(Reason::ok));
  }
  task<int> root() {
    const Counted counted(alive);
    const auto each = [this](int i) { return branch(i); };
    const auto all = co_await gather(std::views::iota(0, 9), each, {.limit = 3, .per_item = 20ms});
    co_await yield();
    co_return static_cast<int>(all.outcomes.size());
  }

  int alive = 0;
  Event event;
};

enum class Then { stop_and_drain, destroy, stop_some_steps_and_destroy };

/// Stops or destroys everything after `steps` steps. True if the work had not ended by then.
bool interfere(std::size_t steps, Then then) {
  StepLoop loop;
  Everything everything;
  int ends = 0;
  bool live = true;
  {
    Scope scope(loop);
    scope.spawn(everything.root(), [&](const Outcome<int>&) noexcept { ++ends; });
    for (std::size_t i = 0; i < steps && loop.step(); ++i) {
    }
    live = scope.live() > 0;
    if (then != Then::destroy) scope.request_stop();
    std::size_t more = then == Then::stop_and_drain ? 10'000 : steps % 7;
    while (then != Then::destroy && scope.live() > 0 && more-- > 0 && loop.step()) {
    }
    if (then == Then::stop_and_drain) {
      EXPECT_EQ(scope.live(), 0U) << "after step " << steps;
      EXPECT_EQ(ends, 1) << "after step " << steps;
      EXPECT_EQ(everything.alive, 0) << "after step " << steps;
    }
  }
  EXPECT_LE(ends, 1) << "after step " << steps;
  EXPECT_EQ(everything.alive, 0) << "after step " << steps;
  EXPECT_FALSE(loop.step()) << "something is left in the loop after step " << steps;
  return live;
}

TEST(StepTorture, StoppedOrDestroyedAfterAnyStepNothingIsLeft) {
  for (const Then then : {Then::stop_and_drain, Then::destroy, Then::stop_some_steps_and_destroy}) {
    std::size_t steps = 0;
    FrameCache::clear();
    const long before = Heap::blocks_alive();
    while (interfere(steps, then) && !HasFailure()) ++steps;
    FrameCache::clear();
    EXPECT_EQ(Heap::blocks_alive(), before);
    EXPECT_GT(steps, 100U);
  }
}

}  // namespace
}  // namespace exocast
