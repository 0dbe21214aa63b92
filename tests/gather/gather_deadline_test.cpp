// SPDX-License-Identifier: Apache-2.0
// The gather's deadline: punctual whatever the items do; an item that is ready at the same tick is in time.
#include <memory>
#include <ranges>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/gather/gather.h"
#include "testing/gather/work.h"
#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::after;
using test::after_in_two_steps;
using test::Counted;
using test::never;
using test::reasons;
using test::Stubborn;
using test::WindDown;
using test::World;
using namespace std::chrono_literals;

using Delays = std::vector<Duration>;

TEST(GatherDeadline, TheCallerHasItsResultThen) {
  World world;
  const auto all = world.run(gather(Delays{1ms, never, 5ms, 20ms}, after, {.deadline = world.at(10ms)}));
  EXPECT_EQ(reasons(*all), "ok timed_out ok timed_out");
  EXPECT_EQ(all->ended, Reason::timed_out);
  EXPECT_FALSE(all->satisfied);
  EXPECT_EQ(world.elapsed(), 10ms);
}

TEST(GatherDeadline, WhatHadNotStartedSaysSo) {
  World world;
  const auto all = world.run(gather(Delays(5, 20ms), after, {.limit = 2, .deadline = world.at(10ms), .parked = 0}));
  EXPECT_EQ(reasons(*all), "timed_out timed_out not_started not_started not_started");
}

TEST(GatherDeadline, PassedAtTheStartNothingIsStarted) {
  for (const Duration late : {0ms, -1ms, -1'000'000ms}) {
    World world;
    int called = 0;
    const auto each = [&](Duration delay) {
      ++called;
      return after(delay);
    };
    const auto all = world.run(gather(Delays(3, 1ms), each, {.deadline = world.at(late)}));
    EXPECT_EQ(called, 0);
    EXPECT_EQ(reasons(*all), "not_started not_started not_started");
    EXPECT_EQ(all->ended, Reason::timed_out);
  }
}

TEST(GatherDeadline, ACompletionAtTheSameTickWins) {
  for (const auto& each : {after, after_in_two_steps}) {
    World world;
    const auto all = world.run(gather(Delays(100, 10ms), each, {.limit = 100, .deadline = world.at(10ms)}));
    EXPECT_EQ(all->count(Reason::ok), 100U);
    EXPECT_EQ(all->ended, Reason::ok);
    EXPECT_TRUE(all->satisfied);
    EXPECT_EQ(world.elapsed(), 10ms);
  }
}

TEST(GatherDeadline, ASuccessAtTheSameTickMakesTheQuorum) {
  World world;
  const auto all = world.run(quorum(2, Delays{10ms, 10ms, never}, after_in_two_steps, {.deadline = world.at(10ms)}));
  EXPECT_EQ(reasons(*all), "ok ok enough_succeeded");
  EXPECT_EQ(all->ended, Reason::enough_succeeded);
}

TEST(GatherDeadline, WhatASlotThatBecomesFreeAtTheSameTickStartsIsTimedOut) {
  World world;
  const auto all = world.run(gather(Delays(3, 10ms), after, {.limit = 1, .deadline = world.at(20ms), .parked = 0}));
  EXPECT_EQ(reasons(*all), "ok ok timed_out");
  EXPECT_EQ(world.elapsed(), 20ms);
}

TEST(GatherDeadline, StopsChildrenAndRunsTheirDestructorsBeforeTheCallerGoesOn) {
  World world;
  int alive = 0;
  const auto each = [&](Duration) -> task<void> {
    const Counted counted(alive);
    co_await until_stopped();
  };
  const auto work = [&]() -> task<int> {
    co_await gather(Delays(5), each, {.deadline = world.at(10ms)});
    co_return alive;
  };
  EXPECT_EQ(*world.run(work()), 0);
}

TEST(GatherDeadline, ACallerIsNotKeptByAChildThatIgnoresIt) {
  World world;
  int alive = 0;
  std::string told;
  const auto each = [&](Duration until) -> task<void> {
    const Counted counted(alive);
    co_await Stubborn(until == never ? Deadline::never() : world.at(until));
  };
  const auto tell = [&](std::size_t index, const auto& outcome) noexcept {
    told += std::to_string(index) + std::string(to_string(outcome.reason())) + ' ';
  };
  const auto work = [&]() -> task<void> {
    Scope& scope = *(co_await this_context()).scope;
    EXPECT_EQ(scope.live(), 1U) << "this task";
    const auto all = co_await gather(Delays{1ms, 30ms, 40ms}, each, {.deadline = world.at(10ms)}, tell);
    EXPECT_EQ(world.elapsed(), 10ms);
    EXPECT_EQ(reasons(all), "ok timed_out timed_out");
    EXPECT_EQ(scope.live(), 3U) << "and two stragglers";
    EXPECT_EQ(alive, 2);
    co_await sleep_for(25ms);
    EXPECT_EQ(scope.live(), 2U) << "one has ended meanwhile";
  };
  EXPECT_TRUE(world.run(work()).ok());
  EXPECT_EQ(alive, 0) << "the scope was drained";
  EXPECT_EQ(world.elapsed(), 40ms);
  EXPECT_EQ(told, "0ok 1timed_out 2timed_out ") << "each once";
}

TEST(GatherDeadline, AStragglerKeepsWhatItsCallableHolds) {
  World world;
  std::weak_ptr<int> held;
  int seen = 0;
  const auto work = [&]() -> task<void> {
    auto owned = std::make_shared<int>(42);
    held = owned;
    auto each = [&seen, &world, owned](Duration) -> task<void> {
      co_await Stubborn(world.at(30ms));
      seen = *owned;  // owned by the callable, which lives in the gather
    };
    co_await gather(Delays(1), std::move(each), {.deadline = world.at(10ms)});
    owned.reset();
    EXPECT_FALSE(held.expired());
  };
  EXPECT_TRUE(world.run(work()).ok());
  EXPECT_EQ(seen, 42);
  EXPECT_TRUE(held.expired());
}

TEST(GatherDeadline, StragglersThatNeverEndAreAbandonedWithTheirScope) {
  World world;
  int alive = 0;
  const auto each = [&](Duration) -> task<void> {
    const Counted counted(alive);
    co_await Stubborn(Deadline::never());
  };
  EXPECT_TRUE(world.run(gather(Delays(5), each, {.deadline = world.at(10ms)})).ok());
  EXPECT_EQ(alive, 0);
}

TEST(GatherDeadline, AnEarlierEndWaitsForWhoWindsDownUntilTheDeadlineOnly) {
  const auto race_against = [](World& world, Duration winding_down, Deadline deadline) {
    const auto each = [winding_down](Duration delay) -> task<void> {
      if (delay == never) co_await WindDown(Deadline::never(), winding_down);
      co_await sleep_for(delay);
    };
    return world.run(race(Delays{1ms, never}, each, {.deadline = deadline}));
  };
  World in_time;
  EXPECT_EQ(reasons(*race_against(in_time, 5ms, in_time.at(10ms))), "ok enough_succeeded");
  EXPECT_EQ(in_time.elapsed(), 6ms);
  World too_late;
  const auto all = race_against(too_late, 50ms, too_late.at(10ms));
  EXPECT_EQ(reasons(*all), "ok enough_succeeded");
  EXPECT_EQ(all->ended, Reason::enough_succeeded);
  EXPECT_TRUE(all->satisfied);
}

TEST(GatherDeadline, EndsAnInfiniteRangeOfSynchronousItems) {
  test::PassingClock clock;
  RunLoop loop(clock);
  const auto each = [](std::size_t i) -> task<std::size_t> {
    EXPECT_LT(i, 10'000'000U) << "it does not end";
    if (i >= 10'000'000) std::terminate();
    co_return i;
  };
  const auto all = loop.run(gather(std::views::iota(std::size_t{0}), each, {.deadline = Deadline::after({}, 50ms)}));
  EXPECT_EQ(all->ended, Reason::timed_out);
  EXPECT_EQ(all->count(Reason::ok), all->outcomes.size());
}

TEST(GatherDeadline, OthersHaveTheirTurnWhileSynchronousItemsAreStarted) {
  World world;
  bool done = false;
  const auto other = [&]() -> task<void> {
    co_await yield();
    done = true;
  };
  const auto each = [&](int i) -> task<bool> { co_return i >= 0 && done; };
  const auto work = [&]() -> task<bool> {
    (co_await this_context()).scope->spawn(other());
    const auto all = co_await gather(std::views::iota(0, 10'000), each);
    co_return *all.outcomes[9'999];
  };
  EXPECT_TRUE(*world.run(work()));
}

TEST(GatherDeadline, ThatIsNeverWaitsForEver) {
  World world;
  const auto all = world.run(gather(Delays{std::chrono::hours(100'000)}, after));
  EXPECT_TRUE(all->satisfied);
}

}  // namespace
}  // namespace exocast
