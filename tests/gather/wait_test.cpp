// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/wait.h"

#include <string>

#include <gtest/gtest.h>

#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::Counted;
using test::World;
using namespace std::chrono_literals;

TEST(Yield, LetsEverythingThatIsReadyRunFirst) {
  World world;
  Scope scope(world.loop);
  std::string order;
  const auto work = [&](char name) -> task<void> {
    for (int i = 0; i < 3; ++i) {
      order += name;
      co_await yield();
    }
  };
  scope.spawn(work('a'));
  scope.spawn(work('b'));
  while (world.loop.turn()) {
  }
  EXPECT_EQ(order, "ababab");
}

TEST(Sleep, GoesOnWhenTheTimeHasCome) {
  World world;
  const auto work = [&]() -> task<void> {
    co_await sleep_for(5ms);
    EXPECT_EQ(world.elapsed(), 5ms);
    co_await sleep_until(world.at(12ms));
    EXPECT_EQ(world.elapsed(), 12ms);
  };
  EXPECT_TRUE(world.run(work()).ok());
  EXPECT_EQ(world.elapsed(), 12ms);
}

TEST(Sleep, AMillionHoursTakeNoTimeOnAVirtualClock) {
  World world;
  const auto work = []() -> task<void> { co_await sleep_for(std::chrono::hours(1'000'000)); };
  EXPECT_TRUE(world.run(work()).ok());
  EXPECT_EQ(world.elapsed(), std::chrono::hours(1'000'000));
}

TEST(Sleep, AtATimeThatHasPassedGoesOnInTheNextTurn) {
  World world;
  Scope scope(world.loop);
  int woken = 0;
  const auto for_timeout = [&](Duration timeout) -> task<void> {
    co_await sleep_for(timeout);
    ++woken;
  };
  const auto until = [&](Deadline deadline) -> task<void> {
    co_await sleep_until(deadline);
    ++woken;
  };
  scope.spawn(for_timeout(Duration::zero()));
  scope.spawn(for_timeout(-1s));
  scope.spawn(for_timeout(Duration::min()));
  scope.spawn(until(world.at(0ms)));
  scope.spawn(until(world.at(-1s)));
  scope.spawn(until(Deadline::at(TimePoint::min())));
  EXPECT_EQ(woken, 0) << "never inside the call";
  ASSERT_TRUE(world.loop.turn());
  EXPECT_EQ(woken, 6);
  EXPECT_EQ(world.elapsed(), 0ms);
}

TEST(Sleep, UntilNeverOnlyStops) {
  World world;
  Scope scope(world.loop);
  int ended = 0;
  const auto work = [&](bool by_timeout) -> task<void> {
    if (by_timeout) {
      co_await sleep_for(Duration::max());
    } else {
      co_await sleep_until(Deadline::never());
    }
    ADD_FAILURE() << "went on";
  };
  for (const bool by_timeout : {false, true}) {
    scope.spawn(work(by_timeout), [&](const Outcome<Unit>& outcome) noexcept {
      EXPECT_EQ(outcome.reason(), Reason::cancelled);
      ++ended;
    });
  }
  EXPECT_FALSE(world.loop.turn()) << "no timer is armed for it";
  scope.request_stop();
  EXPECT_EQ(ended, 2);
}

TEST(UntilStopped, NeverGoesOn) {
  World world;
  Scope scope(world.loop);
  int alive = 0;
  const auto work = [&]() -> task<void> {
    const Counted counted(alive);
    co_await until_stopped();
  };
  scope.spawn(work());
  EXPECT_FALSE(world.loop.turn());
  EXPECT_EQ(alive, 1);
  scope.request_stop();
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(scope.live(), 0U);
}

enum class Kind { yield, sleep, sleep_for_ever, until_stopped };

task<void> wait(Kind kind, int& alive) {
  const Counted counted(alive);
  switch (kind) {
    case Kind::yield:
      co_await yield();
      break;
    case Kind::sleep:
      co_await sleep_for(5ms);
      break;
    case Kind::sleep_for_ever:
      co_await sleep_until(Deadline::never());
      break;
    case Kind::until_stopped:
      co_await until_stopped();
      break;
  }
}

class AnyWait : public testing::TestWithParam<Kind> {};

TEST_P(AnyWait, EndsTheTaskInTheSameTurnWhenItIsAskedToStop) {
  World world;
  Scope scope(world.loop);
  int alive = 0;
  Reason reason = Reason::not_started;
  scope.spawn(wait(GetParam(), alive), [&](const Outcome<Unit>& outcome) noexcept { reason = outcome.reason(); });
  scope.request_stop();
  world.loop.turn();
  EXPECT_EQ(reason, Reason::cancelled);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(world.elapsed(), 0ms);
}

TEST_P(AnyWait, DoesNotBeginInATaskThatIsAskedToStopAlready) {
  World world;
  Scope scope(world.loop);
  scope.request_stop();
  int alive = 0;
  Reason reason = Reason::not_started;
  scope.spawn(wait(GetParam(), alive), [&](const Outcome<Unit>& outcome) noexcept { reason = outcome.reason(); });
  EXPECT_EQ(reason, Reason::cancelled);
  EXPECT_FALSE(world.loop.turn());
}

TEST_P(AnyWait, LeavesNothingInTheLoopWhenItsTaskIsDestroyed) {
  World world;
  int alive = 0;
  {
    Scope scope(world.loop);
    scope.spawn(wait(GetParam(), alive), [](const Outcome<Unit>&) noexcept {});
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
  EXPECT_FALSE(world.loop.turn());
}

INSTANTIATE_TEST_SUITE_P(Kinds, AnyWait,
                         testing::Values(Kind::yield, Kind::sleep, Kind::sleep_for_ever, Kind::until_stopped));

}  // namespace
}  // namespace exocast
