// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/event.h"

#include <string>

#include <gtest/gtest.h>

#include "testing/gather/work.h"
#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::Counted;
using test::run_all;
using test::StackUse;
using test::World;
using namespace std::chrono_literals;

/// Logs its name, in capitals if the event was set in time.
task<void> wait(Event& event, char name, std::string& log, Deadline deadline = Deadline::never()) {
  const bool came = co_await event.wait(deadline);
  log += static_cast<char>(came ? std::toupper(name) : name);
}

TEST(Event, WakesItsWaitersInTheOrderOfWaiting) {
  World world;
  Event event;
  Scope scope(world.loop);
  std::string log;
  for (const char name : {'a', 'b', 'c'}) scope.spawn(wait(event, name, log));
  event.set();
  EXPECT_EQ(log, "") << "runs none of them inside the call";
  run_all(world.loop);
  EXPECT_EQ(log, "ABC");
}

TEST(Event, OnceSetAWaitGoesOnAtOnceUntilReset) {
  World world;
  Event event;
  Scope scope(world.loop);
  std::string log;
  event.set();
  EXPECT_TRUE(event.is_set());
  scope.spawn(wait(event, 'a', log));
  EXPECT_EQ(log, "A");
  event.reset();
  EXPECT_FALSE(event.is_set());
  scope.spawn(wait(event, 'b', log));
  run_all(world.loop);
  EXPECT_EQ(log, "A");
  event.set();
  event.set();
  run_all(world.loop);
  EXPECT_EQ(log, "AB");
}

TEST(Event, AWaitEndsAtItsDeadline) {
  World world;
  Event event;
  Scope scope(world.loop);
  std::string log;
  scope.spawn(wait(event, 'a', log, world.at(5ms)));
  run_all(world.loop);
  EXPECT_EQ(log, "a");
  EXPECT_EQ(world.elapsed(), 5ms);
  event.set();
  run_all(world.loop);
  EXPECT_EQ(log, "a") << "it waits no longer";
}

TEST(Event, ADeadlineThatHasPassedEndsTheWaitInTheNextTurn) {
  World world;
  Event event;
  Scope scope(world.loop);
  std::string log;
  scope.spawn(wait(event, 'a', log, Deadline::at(TimePoint::min())));
  run_all(world.loop);
  EXPECT_EQ(log, "a");
  EXPECT_EQ(world.elapsed(), 0ms);
}

/// Sets the event at 5 ms; the wait's deadline is 5 ms, too.
std::string set_at_the_deadline(bool setter_first) {
  World world;
  Event event;
  Scope scope(world.loop);
  std::string log;
  const auto set = [&]() -> task<void> {
    co_await sleep_until(world.at(5ms));
    event.set();
  };
  if (setter_first) scope.spawn(set());
  scope.spawn(wait(event, 'a', log, world.at(5ms)));
  if (!setter_first) scope.spawn(set());
  run_all(world.loop);
  return log;
}

TEST(Event, SetInTheSameTurnAsTheDeadlineCounts) {
  EXPECT_EQ(set_at_the_deadline(true), "A");
  EXPECT_EQ(set_at_the_deadline(false), "A");
}

TEST(Event, AWaitThatIsOverLeavesNoTimerBehind) {
  World world;
  Event event;
  Scope scope(world.loop);
  std::string log;
  scope.spawn(wait(event, 'a', log, world.at(1h)));
  event.set();
  run_all(world.loop);
  EXPECT_EQ(log, "A");
  EXPECT_EQ(world.elapsed(), 0ms) << "the loop did not wait for the deadline";
}

TEST(Event, AStoppedWaitLeavesTheOthersWaiting) {
  World world;
  Event event;
  Scope staying(world.loop);
  Scope leaving(world.loop);
  std::string log;
  staying.spawn(wait(event, 'a', log));
  leaving.spawn(wait(event, 'b', log));
  staying.spawn(wait(event, 'c', log));
  leaving.request_stop();
  event.set();
  run_all(world.loop);
  EXPECT_EQ(log, "AC");
}

TEST(Event, StoppedAfterItWasSetTheWaitStops) {
  World world;
  Event event;
  Scope scope(world.loop);
  std::string log;
  scope.spawn(wait(event, 'a', log));
  event.set();
  scope.request_stop();
  run_all(world.loop);
  EXPECT_EQ(log, "");
  EXPECT_EQ(scope.live(), 0U);
}

TEST(Event, AHundredThousandWaitersNeedNoStack) {
  World world;
  Event event;
  Scope scope(world.loop);
  StackUse stack;
  int came = 0;
  const auto work = [&]() -> task<void> {
    co_await event.wait();
    stack.note();
    ++came;
  };
  for (int i = 0; i < 100'000; ++i) scope.spawn(work());
  event.set();
  run_all(world.loop);
  EXPECT_EQ(came, 100'000);
  EXPECT_LT(stack.bytes(), 4096U);
}

TEST(Event, PassedBackAndForthAMillionTimesItNeedsNoStack) {
  World world;
  Scope scope(world.loop);
  Event ping, pong;
  StackUse stack;
  const auto player = [&](Event& mine, Event& other) -> task<void> {
    for (int i = 0; i < 500'000; ++i) {
      co_await mine.wait();
      mine.reset();
      stack.note();
      other.set();
    }
  };
  scope.spawn(player(ping, pong));
  scope.spawn(player(pong, ping));
  ping.set();
  run_all(world.loop);
  EXPECT_EQ(scope.live(), 0U);
  EXPECT_LT(stack.bytes(), 4096U);
}

}  // namespace
}  // namespace exocast
