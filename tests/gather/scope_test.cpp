// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/scope.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "testing/gather/work.h"
#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::AtEnd;
using test::Counted;
using test::Gate;
using test::run_all;
using test::sleep;
using test::Stubborn;
using test::World;
using namespace std::chrono_literals;

constexpr auto ignore = [](const Outcome<Unit>&) noexcept {};

task<void> stubborn(Deadline until) { co_await Stubborn(until); }
task<void> hang() { co_await until_stopped(); }

TEST(Scope, StartsWorkAtOnceUpToItsFirstWait) {
  World world;
  Scope scope(world.loop);
  std::string log;
  const auto work = [&]() -> task<void> {
    log += "started ";
    co_await yield();
    log += "ended";
  };
  scope.spawn(work());
  EXPECT_EQ(log, "started ");
  run_all(world.loop);
  EXPECT_EQ(log, "started ended");
}

TEST(Scope, TellsHowWorkEnded) {
  World world;
  Scope scope(world.loop);
  std::vector<Outcome<int>> ends;
  const auto keep = [&](Outcome<int> outcome) noexcept { ends.push_back(std::move(outcome)); };
  const auto work = [](int how) -> task<int> {
    if (how == 1) throw std::runtime_error("thrown");
    if (how == 2) co_await until_stopped();
    co_return 7;
  };
  for (int how = 0; how < 3; ++how) scope.spawn(work(how), keep);
  scope.request_stop();
  ASSERT_EQ(ends.size(), 3U);
  EXPECT_EQ(*ends[0], 7);
  EXPECT_THROW(std::rethrow_exception(ends[1].exception()), std::runtime_error);
  EXPECT_EQ(ends[2].reason(), Reason::cancelled);
}

TEST(Scope, CountsLiveOperations) {
  World world;
  Scope scope(world.loop);
  EXPECT_EQ(scope.live(), 0U);
  scope.spawn(sleep(1ms));
  scope.spawn(sleep(2ms));
  scope.spawn([]() -> task<void> { co_return; }());
  EXPECT_EQ(scope.live(), 2U) << "one ended at once";
  std::size_t live_at_end = 99;
  scope.spawn(sleep(3ms), [&](const Outcome<Unit>&) noexcept { live_at_end = scope.live(); });
  run_all(world.loop);
  EXPECT_EQ(live_at_end, 0U) << "whose end is told lives no longer";
}

TEST(Scope, OnEndMaySpawnMore) {
  World world;
  Scope scope(world.loop);
  int generations = 0;
  struct Again {
    Scope& scope;
    int& generations;
    void operator()(const Outcome<Unit>&) noexcept {
      if (++generations < 1000) scope.spawn(sleep(1ms), *this);
    }
  };
  scope.spawn(sleep(1ms), Again{scope, generations});
  run_all(world.loop);
  EXPECT_EQ(generations, 1000);
  EXPECT_EQ(scope.live(), 0U);
}

TEST(Scope, WorkSpawnedAfterTheStopRunsToItsFirstWait) {
  World world;
  Scope scope(world.loop);
  scope.request_stop();
  Reason waits = Reason::ok;
  scope.spawn(sleep(1ms), [&](const Outcome<Unit>& outcome) noexcept { waits = outcome.reason(); });
  EXPECT_EQ(waits, Reason::cancelled);
  Outcome<int> at_once;
  const auto give = []() -> task<int> { co_return 3; };
  scope.spawn(give(), [&](Outcome<int> outcome) noexcept { at_once = std::move(outcome); });
  EXPECT_TRUE(at_once.ok()) << "it never waited, so it was never stopped";
  EXPECT_EQ(scope.live(), 0U);
}

TEST(Scope, DrainStopsAndWaitsForWhatIsSlowToStop) {
  World world;
  Scope scope(world.loop);
  scope.spawn(hang());
  scope.spawn(stubborn(world.at(20ms)));
  scope.spawn(stubborn(world.at(10ms)));
  const auto left = world.run(scope.drain(world.at(1s)));
  EXPECT_EQ(*left, 0U);
  EXPECT_EQ(world.elapsed(), 20ms);
}

TEST(Scope, DrainIsBounded) {
  World world;
  Scope scope(world.loop);
  scope.spawn(hang());
  scope.spawn(stubborn(world.at(10ms)));
  scope.spawn(stubborn(world.at(500ms)));
  scope.spawn(stubborn(Deadline::never()));
  const auto left = world.run(scope.drain(world.at(100ms)));
  EXPECT_EQ(*left, 2U) << "how many live on";
  EXPECT_EQ(world.elapsed(), 100ms);
}

TEST(Scope, DrainingAnEmptyScopeTakesNoTime) {
  World world;
  Scope scope(world.loop);
  EXPECT_EQ(*world.run(scope.drain(Deadline::never())), 0U);
  EXPECT_EQ(*world.run(scope.drain(world.at(-1s))), 0U);
  EXPECT_EQ(world.elapsed(), 0ms);
}

TEST(Scope, WhatEndsAtTheDrainsDeadlineHasEnded) {
  World world;
  Scope scope(world.loop);
  scope.spawn(stubborn(world.at(100ms)));
  EXPECT_EQ(*world.run(scope.drain(world.at(100ms))), 0U);
}

TEST(Scope, DrainWaitsAlsoForWhatIsSpawnedWhileItDrains) {
  World world;
  Scope scope(world.loop);
  const auto again = [&](const Outcome<Unit>&) noexcept { scope.spawn(stubborn(world.at(50ms))); };
  scope.spawn(stubborn(world.at(10ms)), again);
  EXPECT_EQ(*world.run(scope.drain(world.at(1s))), 0U);
  EXPECT_EQ(world.elapsed(), 50ms);
}

TEST(Scope, MayBeDrainedMoreThanOnceAtATime) {
  World world;
  Scope scope(world.loop);
  scope.spawn(stubborn(world.at(20ms)));
  Scope other(world.loop);
  std::vector<std::size_t> left;
  const auto keep = [&](const Outcome<std::size_t>& outcome) noexcept { left.push_back(*outcome); };
  other.spawn(scope.drain(world.at(10ms)), keep);
  other.spawn(scope.drain(world.at(30ms)), keep);
  run_all(world.loop);
  EXPECT_EQ(left, (std::vector<std::size_t>{1, 0}));
}

TEST(Scope, AbandonsWhatStillLivesWhenItIsDestroyed) {
  World world;
  int alive = 0;
  int told = 0;
  {
    Scope scope(world.loop);
    const auto work = [&]() -> task<void> {
      const Counted counted(alive);
      co_await Stubborn(Deadline::never());
    };
    scope.spawn(work(), [&](const Outcome<Unit>&) noexcept { ++told; });
    scope.spawn(work(), [&](const Outcome<Unit>&) noexcept { ++told; });
    EXPECT_EQ(alive, 2);
  }
  EXPECT_EQ(alive, 0) << "its frames were destroyed";
  EXPECT_EQ(told, 0) << "its end was not told";
  EXPECT_FALSE(world.loop.turn());
}

TEST(Scope, StopsBeforeItAbandons) {
  World world;
  Reason reason = Reason::not_started;
  {
    Scope scope(world.loop);
    scope.spawn(hang(), [&](const Outcome<Unit>& outcome) noexcept { reason = outcome.reason(); });
  }
  EXPECT_EQ(reason, Reason::cancelled);
}

TEST(Scope, WhatIsSpawnedWhileItIsDestroyedGoesToo) {
  World world;
  int alive = 0;
  {
    const auto late = [&]() -> task<void> {
      const Counted counted(alive);
      co_await Stubborn(Deadline::never());
    };
    Scope scope(world.loop);  // its destructor still calls `late`
    const auto work = [&]() -> task<void> {
      const AtEnd spawn([&] { scope.spawn(late(), ignore); });
      co_await Stubborn(Deadline::never());
    };
    scope.spawn(work(), ignore);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Scope, AbandonedWorkMayEndOtherWorkOfTheScope) {
  World world;
  Gate gate;
  int ended = 0;
  int alive = 0;
  {
    Scope scope(world.loop);
    const auto waiter = [&]() -> task<void> {
      const Counted counted(alive);
      co_await gate.wait_deaf();
    };
    const auto opener = [&]() -> task<void> {
      const AtEnd open([&] { gate.open(); });
      co_await Stubborn(Deadline::never());
    };
    scope.spawn(waiter(), [&](const Outcome<Unit>& outcome) noexcept { ended += outcome.ok(); });
    scope.spawn(opener(), ignore);  // abandoned first
  }
  EXPECT_EQ(ended, 1);
  EXPECT_EQ(alive, 0);
}

TEST(Scope, AHundredThousandOperationsStopWithoutStack) {
  World world;
  Scope scope(world.loop);
  for (int i = 0; i < 100'000; ++i) scope.spawn(hang());
  EXPECT_EQ(scope.live(), 100'000U);
  scope.request_stop();
  EXPECT_EQ(scope.live(), 0U);
}

TEST(ScopeDeathTest, AnExceptionNobodyAsksAboutEndsTheProgram) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  World world;
  Scope scope(world.loop);
  const auto bug = []() -> task<void> {
    throw std::logic_error("a bug");
    co_return;
  };
  EXPECT_DEATH(scope.spawn(bug()), "");
}

}  // namespace
}  // namespace exocast
