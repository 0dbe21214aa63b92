// SPDX-License-Identifier: Apache-2.0
// User code that runs inside the gather - the callable, the range, on_outcome, destructors of children - may end other
// children synchronously, as a semaphore does that passes on its permit. That must be safe.
#include <array>
#include <ranges>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/gather/gather.h"
#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::AtEnd;
using test::Counted;
using test::Gate;
using test::reasons;
using test::Stubborn;
using test::World;
using namespace std::chrono_literals;

using Gates = std::array<Gate, 12>;

auto indices(std::size_t count) { return std::views::iota(std::size_t{0}, count); }

task<std::size_t> pass(Gate& gate, std::size_t value) {
  co_await gate.wait();
  co_return value;
}
task<std::size_t> pass_deaf(Gate& gate, std::size_t value) {
  co_await gate.wait_deaf();
  co_return value;
}

/// Opens a gate when it is destroyed. As a parameter of a task it is destroyed with the frame, after the gather has
/// recorded the end of the task.
struct Opener {
  explicit Opener(Gate& gate) : gate(&gate) {}
  Opener(Opener&& other) noexcept : gate(std::exchange(other.gate, nullptr)) {}
  ~Opener() {
    if (gate != nullptr) gate->open();
  }
  Gate* gate;
};

TEST(GatherReentrancy, TheCallableMayEndAnotherChild) {
  World world;
  Gates gates;
  const auto each = [&](std::size_t i) -> task<std::size_t> {
    if (i > 0) gates[i - 1].open();
    return i == 11 ? pass(gates[0], i) : pass(gates[i], i);
  };
  const auto all = world.run(gather(indices(12), each, {.limit = 3}));
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->count(Reason::ok), 12U);
}

TEST(GatherReentrancy, TheCallableMayEndAnotherChildAndThenSkipOrThrow) {
  World world;
  Gates gates;
  const auto each = [&](std::size_t i) -> task<std::size_t> {
    if (i % 3 == 1) {
      gates[i - 1].open();
      return skip;
    }
    if (i % 3 == 2) throw std::runtime_error("callable");
    return pass(gates[i], i);
  };
  const auto all = world.run(gather(indices(12), each, {.limit = 2}));
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(reasons(*all), "ok skipped error ok skipped error ok skipped error ok skipped error");
}

TEST(GatherReentrancy, TheRangeMayEndAChild) {
  World world;
  Gates gates;
  const auto opening = indices(12) | std::views::transform([&](std::size_t i) {
                         if (i > 0) gates[i - 1].open();
                         return i;
                       });
  const auto each = [&](std::size_t i) { return i == 11 ? pass(gates[0], i) : pass(gates[i], i); };
  const auto all = world.run(gather(opening, each, {.limit = 3}));
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->count(Reason::ok), 12U);
}

TEST(GatherReentrancy, OnOutcomeMayEndOtherChildren) {
  World world;
  Gates gates;
  std::string order;
  const auto tell = [&](std::size_t index, const auto&) noexcept {
    order += static_cast<char>('a' + index);
    if (index + 1 < gates.size()) gates[index + 1].open();
  };
  const auto each = [&](std::size_t i) { return pass(gates[i], i); };
  const auto open_first = [&]() -> task<void> {
    co_await sleep_for(1ms);
    gates[0].open();
  };
  const auto work = [&]() -> task<std::size_t> {
    (co_await this_context()).scope->spawn(open_first());
    const auto all = co_await gather(indices(12), each, {.limit = 5}, tell);
    co_return all.count(Reason::ok);
  };
  EXPECT_EQ(*world.run(work()), 12U);
  EXPECT_EQ(order, "abcdefghijkl");
}

TEST(GatherReentrancy, DestructorsOfStoppedChildrenMayEndOthers) {
  World world;
  Gates gates;
  const auto each = [&](std::size_t i) -> task<std::size_t> {
    const AtEnd open([&, i] { gates[(i + 5) % 12].open(); });
    if (i == 11) co_return i;
    co_await gates[i].wait_deaf();
    co_return i;
  };
  const auto all = world.run(race(indices(12), each));
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->count(Reason::ok), 12U) << "one opened the next, and a value still counts";
}

/// At the deadline four stragglers live and eight items have not started; `tell` is called for each.
template <class Tell>
void expect_orderly_end(Gates& gates, Tell tell) {
  World world;
  std::array<int, 12> told{};
  int alive = 0;
  const auto each = [&](std::size_t i) -> task<std::size_t> {
    const Counted counted(alive);
    co_return co_await pass_deaf(gates[i], i);
  };
  const auto on_outcome = [&](std::size_t index, const auto& outcome) noexcept {
    ++told[index];
    EXPECT_EQ(outcome.reason() == Reason::not_started, index >= 4) << index;
    tell(index);
  };
  const auto work = [&]() -> task<void> {
    const auto all =
        co_await gather(indices(12), each, {.limit = 4, .deadline = world.at(10ms), .parked = 0}, on_outcome);
    EXPECT_EQ(all.count(Reason::timed_out) + all.count(Reason::ok), 4U) << "a value still counts until it is given up";
    EXPECT_EQ(all.count(Reason::not_started), 8U);
    Scope& scope = *(co_await this_context()).scope;
    EXPECT_EQ(scope.live(), 1U + static_cast<std::size_t>(alive));
    for (Gate& gate : gates) gate.open();
    EXPECT_EQ(scope.live(), 1U);
  };
  EXPECT_TRUE(world.run(work()).ok());
  EXPECT_EQ(alive, 0);
  for (const int times : told) EXPECT_EQ(times, 1);
}

TEST(GatherReentrancy, OnOutcomeMayEndStragglersWhileTheyAreHandedOver) {
  for (int how = 0; how < 6; ++how) {
    SCOPED_TRACE(how);
    Gates gates;
    expect_orderly_end(gates, [&](std::size_t index) {
      if (index >= 4) return;
      if (how == 0) gates[index].open();            // the same one
      if (how == 1) gates[(index + 1) % 4].open();  // the next
      if (how == 2) gates[(index + 3) % 4].open();  // the previous one
      if (how == 3 && index == 0) {
        for (Gate& gate : gates) gate.open();
      }
      if (how == 4 && index == 3) {
        for (Gate& gate : gates) gate.open();
      }
      if (how == 5) gates[3 - index].open();
    });
  }
}

TEST(GatherReentrancy, OnOutcomeMayEndStragglersWhileItIsToldOfWhatHasNotStarted) {
  for (std::size_t from = 4; from < 12; from += 3) {
    SCOPED_TRACE(from);
    Gates one_by_one;
    expect_orderly_end(one_by_one, [&](std::size_t index) {
      if (index >= from) one_by_one[index - from].open();
    });
    Gates together;
    expect_orderly_end(together, [&](std::size_t index) {
      if (index < from) return;
      for (Gate& gate : together) gate.open();
    });
  }
}

TEST(GatherReentrancy, TheEndOfOneChildMayEndOthers) {
  World world;
  Gates gates;
  const auto work = [&](std::size_t i, Opener) -> task<std::size_t> {
    if (i > 0) co_await gates[i].wait();
    co_await yield();
    co_return i;
  };
  const auto each = [&](std::size_t i) { return work(i, Opener(gates[(i + 1) % 12])); };
  const auto all = world.run(gather(indices(12), each, {.limit = 3}));
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->count(Reason::ok), 12U);
}

TEST(GatherReentrancy, TheEndOfOneStragglerMayEndOthers) {
  World world;
  Gates gates;
  int alive = 0;
  const auto work = [&](std::size_t i, Counted, Opener) -> task<void> {
    if (i == 0) {
      co_await Stubborn(world.at(30ms));
    } else {
      co_await gates[i].wait_deaf();
    }
  };
  const auto each = [&](std::size_t i) { return work(i, Counted(alive), Opener(gates[(i + 1) % 12])); };
  const auto run = [&]() -> task<void> {
    Scope& scope = *(co_await this_context()).scope;
    co_await gather(indices(6), each, {.deadline = world.at(10ms)});
    EXPECT_EQ(scope.live(), 7U);
    co_await sleep_for(20ms);
    EXPECT_EQ(scope.live(), 1U);
    EXPECT_EQ(alive, 0);
  };
  EXPECT_TRUE(world.run(run()).ok());
  EXPECT_EQ(world.elapsed(), 30ms);
}

/// Destroys the scope while many of the gather's children live; the end of each child ends another.
void abandon(bool with_deadline, Duration run_for, std::size_t step) {
  constexpr std::size_t count = 200;
  World world;
  std::vector<Gate> gates(count);
  int alive = 0;
  std::size_t started = 0;
  {
    const auto child = [&](std::size_t i, Counted, Opener) -> task<void> {
      ++started;
      const AtEnd open([&, i] { gates[(i + step) % count].open(); });
      if (i % 50 == 2) co_await Stubborn(Deadline::never());
      co_await gates[i].wait_deaf();
    };
    const auto each = [&](std::size_t i) { return child(i, Counted(alive), Opener(gates[(i + 2 * step) % count])); };
    const auto work = [&]() -> task<void> {
      co_await gather(indices(count), each,
                      {.limit = 150, .deadline = with_deadline ? world.at(10ms) : Deadline::never(), .parked = 0});
      co_await Stubborn(Deadline::never());
    };
    Scope scope(world.loop);
    scope.spawn(work(), [](const Outcome<Unit>&) noexcept {});
    while (world.elapsed() < run_for && world.loop.turn()) {
    }
    EXPECT_EQ(alive, 150);
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(started, 150U) << "a dying gather starts nothing";
  EXPECT_FALSE(world.loop.turn());
}

TEST(GatherReentrancy, DestructorsOfAbandonedChildrenMayEndOthers) {
  for (const std::size_t step : {1U, 7U, 100U, 193U, 199U}) {
    SCOPED_TRACE(step);
    abandon(false, 0ms, step);
    abandon(true, 0ms, step);
    abandon(true, 10ms, step);  // stragglers of a scope
  }
}

TEST(GatherReentrancy, TheCallerMayStopInsideTheCallableOnOutcomeAndTheChild) {
  for (int where = 0; where < 3; ++where) {
    SCOPED_TRACE(where);
    World world;
    int alive = 0;
    Reason reason = Reason::not_started;
    Scope scope(world.loop);
    const auto each = [&](std::size_t i) -> task<std::size_t> {
      if (i == 3 && where == 0) scope.request_stop();
      return [](std::size_t i, Scope& scope, int where, Counted) -> task<std::size_t> {
        if (i < 3) co_return i;
        if (where == 1) scope.request_stop();
        co_await until_stopped();
        co_return i;
      }(i, scope, where, Counted(alive));
    };
    const auto tell = [&](std::size_t i, const auto&) noexcept {
      if (i == 2 && where == 2) scope.request_stop();
    };
    const auto work = [&]() -> task<void> {
      co_await gather(indices(12), each, {.limit = 4}, tell);
      ADD_FAILURE() << "went on";
    };
    scope.spawn(work(), [&](const Outcome<Unit>& outcome) noexcept { reason = outcome.reason(); });
    EXPECT_EQ(reason, Reason::cancelled);
    EXPECT_EQ(alive, 0);
    EXPECT_EQ(scope.live(), 0U);
  }
}

}  // namespace
}  // namespace exocast
