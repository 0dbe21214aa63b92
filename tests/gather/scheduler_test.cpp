// SPDX-License-Identifier: Apache-2.0
// The promises of scheduler.h for every Scheduler, tested on the smallest one: RunLoop.
#include "exocast/gather/scheduler.h"

#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "testing/gather/work.h"
#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::run_all;
using test::World;
using namespace std::chrono_literals;

struct Step final : Runnable {
  explicit Step(std::function<void()> what) : what(std::move(what)) {}
  void run() noexcept override { what(); }
  std::function<void()> what;
};

struct Wake final : Timer {
  explicit Wake(std::function<void()> what) : what(std::move(what)) {}
  void fired() noexcept override { what(); }
  std::function<void()> what;
};

TEST(Scheduler, NeverRunsInsideThePost) {
  World world;
  int ran = 0;
  Step step([&] { ++ran; });
  world.loop.post(step);
  EXPECT_EQ(ran, 0);
  EXPECT_TRUE(step.queued());
  run_all(world.loop);
  EXPECT_EQ(ran, 1);
}

TEST(Scheduler, RunsAfterEverythingThatIsReadyAlready) {
  World world;
  std::string order;
  Step c([&] { order += 'c'; });
  Step a([&] {
    order += 'a';
    world.loop.post(c);
  });
  Step b([&] { order += 'b'; });
  world.loop.post(a);
  world.loop.post(b);
  run_all(world.loop);
  EXPECT_EQ(order, "abc");
}

TEST(Scheduler, ARunnableMayPostItselfAgain) {
  World world;
  int ran = 0;
  Step* again = nullptr;
  Step step([&] {
    EXPECT_FALSE(again->queued());
    if (++ran < 1000) world.loop.post(*again);
  });
  again = &step;
  world.loop.post(step);
  run_all(world.loop);
  EXPECT_EQ(ran, 1000);
}

TEST(Scheduler, WakesAtTheTimeNotBefore) {
  World world;
  TimePoint woken{};
  Wake wake([&] { woken = world.loop.now(); });
  world.loop.wake_at(wake, world.start + 5ms);
  EXPECT_TRUE(wake.armed());
  EXPECT_EQ(wake.time(), world.start + 5ms);
  run_all(world.loop);
  EXPECT_EQ(woken, world.start + 5ms);
  EXPECT_FALSE(wake.armed());
}

TEST(Scheduler, ATimeThatHasPassedWakesInTheNextTurnWithoutTurningBackTheClock) {
  World world;
  int woken = 0;
  Wake wake([&] { ++woken; });
  world.loop.wake_at(wake, TimePoint::min());
  EXPECT_EQ(woken, 0);
  run_all(world.loop);
  EXPECT_EQ(woken, 1);
  EXPECT_EQ(world.loop.now(), world.start);
}

TEST(Scheduler, MovesAnArmedTimer) {
  World world;
  TimePoint woken{};
  Wake wake([&] { woken = world.loop.now(); });
  world.loop.wake_at(wake, world.start + 1ms);
  world.loop.wake_at(wake, world.start + 3ms);
  run_all(world.loop);
  EXPECT_EQ(woken, world.start + 3ms);
}

TEST(Scheduler, ForgetsACancelledWake) {
  World world;
  int woken = 0;
  Wake wake([&] { ++woken; });
  world.loop.cancel(wake);  // no effect: not armed
  world.loop.wake_at(wake, world.start + 1ms);
  world.loop.cancel(wake);
  EXPECT_FALSE(wake.armed());
  EXPECT_FALSE(world.loop.turn()) << "nothing to wait for";
  EXPECT_EQ(woken, 0);
}

TEST(Scheduler, AllTimersDueInATurnFireBeforeAnythingTheyPostRuns) {
  World world;
  std::string order;
  Step posted([&] { order += "run "; });
  Wake first([&] {
    order += "fire ";
    world.loop.post(posted);
  });
  Wake second([&] { order += "fire "; });
  world.loop.wake_at(first, world.start + 1ms);
  world.loop.wake_at(second, world.start + 1ms);
  run_all(world.loop);
  EXPECT_EQ(order, "fire fire run ");
}

TEST(Scheduler, TheTimeIsTheSameForAWholeTurn) {
  struct Ticking final : ClockSource {
    TimePoint now() noexcept override { return time += 1us; }
    void sleep_until(TimePoint until) noexcept override { time = std::max(time, until); }
    TimePoint time{};
  };
  Ticking clock;
  RunLoop loop(clock);
  std::vector<TimePoint> seen;
  Step a([&] { seen.push_back(loop.now()); });
  Step b([&] { seen.push_back(loop.now()); });
  Wake wake([&] {
    seen.push_back(loop.now());
    loop.post(a);
    loop.post(b);
  });
  loop.wake_at(wake, loop.now());
  ASSERT_TRUE(loop.turn());
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(seen[1], seen[2]);
}

TEST(Scheduler, AFiredTimerMayArmItselfForNowWithoutFiringForEver) {
  World world;
  int fired = 0;
  Wake* again = nullptr;
  Wake wake([&] {
    if (++fired < 5) world.loop.wake_at(*again, world.loop.now());
  });
  again = &wake;
  world.loop.wake_at(wake, world.start);
  for (int turn = 1; turn <= 5; ++turn) {
    ASSERT_TRUE(world.loop.turn());
    EXPECT_EQ(fired, turn) << "once a turn";
  }
  EXPECT_FALSE(world.loop.turn());
}

TEST(Scheduler, DestroyingWhatWaitsTakesItOutOfItsQueue) {
  World world;
  int ran = 0;
  auto step = std::make_unique<Step>([&] { ++ran; });
  auto wake = std::make_unique<Wake>([&] { ++ran; });
  world.loop.post(*step);
  world.loop.wake_at(*wake, world.start + 1ms);
  step.reset();
  wake.reset();
  EXPECT_FALSE(world.loop.turn());
  EXPECT_EQ(ran, 0);
}

}  // namespace
}  // namespace exocast
