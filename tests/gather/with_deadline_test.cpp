// SPDX-License-Identifier: Apache-2.0
// with_deadline and with_stop: one task with a bound, in every order of completion, deadline, stop and throw.
#include <expected>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "exocast/gather/gather.h"
#include "testing/gather/heap.h"
#include "testing/gather/step_loop.h"
#include "testing/gather/work.h"
#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::at;
using test::Counted;
using test::Gate;
using test::Heap;
using test::StackUse;
using test::StepLoop;
using test::Stubborn;
using test::WindDown;
using test::World;
using namespace std::chrono_literals;

task<int> after(Duration delay) {
  co_await sleep_for(delay);
  co_return 7;
}

/// Two sleeps, so that the timer of the second is armed after the deadline's own.
task<int> after_in_two_steps(Duration delay) {
  co_await sleep_for(delay / 2);
  co_await sleep_for(delay - delay / 2);
  co_return 7;
}

task<int> throws_after(Duration delay) {
  co_await sleep_for(delay);
  throw std::runtime_error("broken");
}

task<int> stubborn_until(Deadline until) {
  co_await Stubborn(until);
  co_return 7;
}

task<int> winds_down(Duration takes) {
  co_await WindDown(Deadline::never(), takes);
  co_return 7;
}

task<int> at_once() { co_return 7; }

/// Unwraps an outcome; the awaiting task itself must have resumed.
template <class T>
Outcome<T> flat(Outcome<Outcome<T>> outcome) {
  EXPECT_TRUE(outcome.ok()) << "the awaiting task went on";
  return outcome.ok() ? *std::move(outcome) : Outcome<T>(Reason::skipped);
}

Outcome<int> deadline_of(World& world, task<int> work, Duration deadline) {
  return flat(world.run(with_deadline(std::move(work), world.at(deadline))));
}

TEST(WithDeadline, AValueInTime) {
  World world;
  const auto outcome = deadline_of(world, after(5ms), 10ms);
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(*outcome, 7);
  EXPECT_EQ(world.elapsed(), 5ms) << "and it waits for nothing more";
}

TEST(WithDeadline, AValueAtOnce) {
  World world;
  EXPECT_TRUE(deadline_of(world, at_once(), 10ms).ok());
  EXPECT_EQ(world.elapsed(), 0ms);
}

TEST(WithDeadline, TimesOut) {
  World world;
  EXPECT_EQ(deadline_of(world, after(20ms), 10ms).reason(), Reason::timed_out);
  EXPECT_EQ(world.elapsed(), 10ms);
}

TEST(WithDeadline, WhatIsReadyAtTheSameTickWins) {
  for (const auto work : {after, after_in_two_steps}) {
    World world;
    EXPECT_TRUE(deadline_of(world, work(10ms), 10ms).ok());
    EXPECT_EQ(world.elapsed(), 10ms);
  }
}

TEST(WithDeadline, WhatTakesOneTickMoreDoesNot) {
  World world;
  EXPECT_EQ(deadline_of(world, after(10ms + 1ns), 10ms).reason(), Reason::timed_out);
}

TEST(WithDeadline, PassedAlreadyNothingIsStarted) {
  for (const Duration late : {0ms, -1ms}) {
    World world;
    bool started = false;
    const auto work = [&]() -> task<int> {
      started = true;
      co_return 7;
    };
    EXPECT_EQ(deadline_of(world, work(), late).reason(), Reason::timed_out);
    EXPECT_FALSE(started);
  }
}

TEST(WithDeadline, NeverWaitsAsLongAsItTakes) {
  World world;
  EXPECT_TRUE(flat(world.run(with_deadline(after(100h), Deadline::never()))).ok());
}

TEST(WithDeadline, WhatItThrowsIsItsOutcome) {
  World world;
  const auto outcome = deadline_of(world, throws_after(5ms), 10ms);
  EXPECT_EQ(outcome.reason(), Reason::error);
  EXPECT_THROW(std::rethrow_exception(outcome.exception()), std::runtime_error);
}

TEST(WithDeadline, AnErrorOfExpectedIsItsOutcome) {
  World world;
  const auto refuse = []() -> task<std::expected<int, std::string>> { co_return std::unexpected("refused"); };
  const auto outcome = world.run(with_deadline(refuse(), world.at(10ms)));
  ASSERT_TRUE(outcome->error());
  EXPECT_EQ(*outcome->error(), "refused");
}

TEST(WithDeadline, AVoidTaskHasAUnit) {
  World world;
  EXPECT_TRUE(world.run(with_deadline(at(world.at(1ms), [] {}), world.at(10ms)))->ok());
}

TEST(WithDeadline, AValueThatIsOnlyMovedIsMoved) {
  World world;
  const auto make = []() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); };
  auto outcome = world.run(with_deadline(make(), world.at(10ms)));
  EXPECT_EQ(*std::move(*outcome).value(), 7);
}

TEST(WithDeadline, WhatIgnoresItsStopBelongsToTheScope) {
  World world;
  Scope scope(world.loop);
  int alive = 0;
  Reason reason = Reason::not_started;
  Duration ended{};
  const auto ignores = [](int& alive, Deadline until) -> task<int> {
    const Counted counted(alive);
    co_await Stubborn(until);
    co_return 7;
  };
  const auto caller = [&]() -> task<void> {
    reason = (co_await with_deadline(ignores(alive, world.at(50ms)), world.at(10ms))).reason();
    ended = world.elapsed();
  };
  scope.spawn(caller());
  while (ended == 0ms) world.loop.turn();
  EXPECT_EQ(reason, Reason::timed_out);
  EXPECT_EQ(ended, 10ms);
  EXPECT_EQ(scope.live(), 1U) << "the caller has gone, the task has not";
  EXPECT_EQ(alive, 1);
  EXPECT_EQ(*world.run(scope.drain(world.at(1s))), 0U);
  EXPECT_EQ(world.elapsed(), 50ms);
  EXPECT_EQ(alive, 0);
}

TEST(WithDeadline, TheScopeAbandonsWhatNeverStops) {
  World world;
  int alive = 0;
  {
    Scope scope(world.loop);
    const auto ignores = [](int& alive) -> task<int> {
      const Counted counted(alive);
      co_await Stubborn(Deadline::never());
      co_return 7;
    };
    const auto caller = [&]() -> task<void> { co_await with_deadline(ignores(alive), world.at(10ms)); };
    scope.spawn(caller());
    while (world.loop.turn()) {
    }
    EXPECT_EQ(scope.live(), 1U);
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

TEST(WithDeadline, WhatWindsDownWithinTheTurnIsWaitedFor) {
  int alive = 0;
  const auto work = [](int& alive) -> task<int> {
    const Counted counted(alive);
    for (;;) co_await yield();  // stops in its next turn, not inside the request
  };
  test::PassingClock clock;
  RunLoop loop(clock);
  const auto caller = [&]() -> task<int> {
    const Deadline deadline = Deadline::after((co_await this_context()).scheduler->now(), 10ms);
    EXPECT_EQ((co_await with_deadline(work(alive), deadline)).reason(), Reason::timed_out);
    co_return alive;
  };
  EXPECT_EQ(*loop.run(caller()), 0);
}

TEST(WithDeadline, IsStoppedWithTheAwaitingTask) {
  World world;
  Scope scope(world.loop);
  int alive = 0;
  Reason reason = Reason::not_started;
  const auto work = [](int& alive) -> task<int> {
    const Counted counted(alive);
    co_await until_stopped();
    co_return 7;
  };
  const auto caller = [&]() -> task<void> {
    co_await with_deadline(work(alive), world.at(20ms));
    ADD_FAILURE() << "the caller went on";
  };
  scope.spawn(caller(), [&](const Outcome<Unit>& outcome) noexcept { reason = outcome.reason(); });
  Scope other(world.loop);
  other.spawn(at(world.at(5ms), [&] { scope.request_stop(); }));
  while (scope.live() > 0 && world.loop.turn()) {
  }
  EXPECT_EQ(reason, Reason::cancelled);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(world.elapsed(), 5ms);
}

TEST(WithDeadline, AStoppedCallerWaitsForATaskThatWindsDownUntilTheDeadlineOnly) {
  struct Case {
    Duration takes;
    Duration ends_at;
    std::size_t live;
  };
  for (const auto& [takes, ends_at, live] : {Case{3ms, 8ms, 0}, Case{30ms, 20ms, 1}}) {
    World world;
    Scope scope(world.loop);
    Duration ended{};
    const auto caller = [&]() -> task<void> { co_await with_deadline(winds_down(takes), world.at(20ms)); };
    scope.spawn(caller(), [&](const Outcome<Unit>& outcome) noexcept {
      EXPECT_EQ(outcome.reason(), Reason::cancelled);
      ended = world.elapsed();
    });
    Scope other(world.loop);
    other.spawn(at(world.at(5ms), [&] { scope.request_stop(); }));
    while (ended == 0ms && world.loop.turn()) {
    }
    EXPECT_EQ(ended, ends_at);
    EXPECT_EQ(scope.live(), live);
  }
}

TEST(WithDeadline, IsNotBegunByATaskThatIsToStop) {
  World world;
  Scope scope(world.loop);
  scope.request_stop();
  bool started = false;
  const auto work = [&]() -> task<int> {
    started = true;
    co_return 7;
  };
  Reason reason = Reason::not_started;
  const auto caller = [&]() -> task<void> { co_await with_deadline(work(), world.at(20ms)); };
  scope.spawn(caller(), [&](const Outcome<Unit>& outcome) noexcept { reason = outcome.reason(); });
  EXPECT_EQ(reason, Reason::cancelled);
  EXPECT_FALSE(started);
}

TEST(WithDeadline, ATaskMayStopTheTaskThatAwaitsIt) {
  World world;
  Scope scope(world.loop);
  Reason reason = Reason::not_started;
  const auto work = [](Scope& scope) -> task<int> {
    scope.request_stop();
    co_return 7;
  };
  const auto caller = [&]() -> task<void> {
    co_await with_deadline(work(scope), world.at(20ms));
    ADD_FAILURE() << "the caller went on";
  };
  scope.spawn(caller(), [&](const Outcome<Unit>& outcome) noexcept { reason = outcome.reason(); });
  EXPECT_EQ(reason, Reason::cancelled);
}

TEST(WithDeadline, AbandonedWithItsScopeItTakesTheTaskAlong) {
  World world;
  int alive = 0;
  {
    Scope scope(world.loop);
    const auto ignores = [](int& alive) -> task<int> {
      const Counted counted(alive);
      co_await Stubborn(Deadline::never());
      co_return 7;
    };
    const auto caller = [&]() -> task<void> { co_await with_deadline(ignores(alive), world.at(10ms)); };
    scope.spawn(caller());
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

TEST(WithStop, AValueWithoutAStop) {
  World world;
  StopSource stop;
  const auto outcome = flat(world.run(with_stop(after(5ms), stop)));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(*outcome, 7);
}

/// The outcome of `work` if the source is requested at 5 ms.
Outcome<int> stopped_at_5ms(World& world, task<int> work) {
  StopSource stop;
  Scope other(world.loop);
  other.spawn(at(world.at(5ms), [&] { stop.request(); }));
  return flat(world.run(with_stop(std::move(work), stop)));
}

TEST(WithStop, IsCancelledAndTheCallerGoesOn) {
  World world;
  EXPECT_EQ(stopped_at_5ms(world, after(20ms)).reason(), Reason::cancelled);
  EXPECT_EQ(world.elapsed(), 5ms);
}

TEST(WithStop, WhatIsReadyInTheSameTurnWins) {
  World world;
  EXPECT_TRUE(stopped_at_5ms(world, after(5ms)).ok());
}

TEST(WithStop, WaitsForATaskThatWindsDown) {
  World world;
  EXPECT_EQ(stopped_at_5ms(world, winds_down(7ms)).reason(), Reason::cancelled);
  EXPECT_EQ(world.elapsed(), 12ms);
}

TEST(WithStop, AValueAfterTheStopCounts) {
  World world;
  EXPECT_TRUE(stopped_at_5ms(world, stubborn_until(world.at(15ms))).ok());
  EXPECT_EQ(world.elapsed(), 15ms);
}

TEST(WithStop, AnErrorAfterTheStopIsTakenForItsConsequence) {
  World world;
  const auto work = [](Deadline until) -> task<int> {
    co_await Stubborn(until);
    throw std::runtime_error("broken");
  };
  const auto outcome = stopped_at_5ms(world, work(world.at(15ms)));
  EXPECT_EQ(outcome.reason(), Reason::cancelled);
  EXPECT_FALSE(outcome.exception());
}

TEST(WithStop, RequestedAlreadyNothingIsStarted) {
  World world;
  StopSource stop;
  stop.request();
  bool started = false;
  const auto work = [&]() -> task<int> {
    started = true;
    co_return 7;
  };
  EXPECT_EQ(flat(world.run(with_stop(work(), stop))).reason(), Reason::cancelled);
  EXPECT_FALSE(started);
}

TEST(WithStop, ATaskMayRequestIt) {
  World world;
  StopSource stop;
  const auto work = [](StopSource& stop) -> task<int> {
    stop.request();
    co_await until_stopped();
    co_return 7;
  };
  EXPECT_EQ(flat(world.run(with_stop(work(stop), stop))).reason(), Reason::cancelled);
}

TEST(WithStop, LeavesTheSourceWhenItEnds) {
  World world;
  StopSource stop;
  EXPECT_TRUE(flat(world.run(with_stop(after(5ms), stop))).ok());
  stop.request();  // has no effect
}

TEST(WithStop, WithADeadlineTheFirstOfBothSaysWhy) {
  for (const Duration deadline : {3ms, 8ms}) {
    World world;
    StopSource stop;
    Scope other(world.loop);
    other.spawn(at(world.at(5ms), [&] { stop.request(); }));
    const auto outcome = flat(world.run(with_deadline(after(20ms), world.at(deadline), &stop)));
    EXPECT_EQ(outcome.reason(), deadline < 5ms ? Reason::timed_out : Reason::cancelled);
    EXPECT_EQ(world.elapsed(), std::min<Duration>(deadline, 5ms));
  }
}

TEST(WithStop, TheDeadlineBoundsTheWindingDown) {
  World world;
  StopSource stop;
  Scope other(world.loop);
  other.spawn(at(world.at(5ms), [&] { stop.request(); }));
  Duration ended{};
  const auto caller = [&]() -> task<Reason> {
    const auto outcome = co_await with_deadline(winds_down(1h), world.at(10ms), &stop);
    ended = world.elapsed();
    co_return outcome.reason();
  };
  EXPECT_EQ(*world.run(caller(), 2h), Reason::cancelled);
  EXPECT_EQ(ended, 10ms);
}

TEST(WithDeadline, IsNestedInItself) {
  World world;
  const auto inner = [](Deadline deadline) -> task<int> {
    co_return static_cast<int>((co_await with_deadline(after(20ms), deadline)).reason());
  };
  const auto outer = deadline_of(world, inner(world.at(5ms)), 10ms);
  ASSERT_TRUE(outer.ok());
  EXPECT_EQ(static_cast<Reason>(*outer), Reason::timed_out);
  EXPECT_EQ(world.elapsed(), 5ms);
}

TEST(WithDeadline, ManyFinishedTasksNeedNoStackAndTheMemoryOfTheirOutcomesOnly) {
  World world;
  StackUse use;
  const auto noted = [](StackUse& use) -> task<int> {
    use.note();
    co_return 1;
  };
  const auto many = [&]() -> task<long> {
    long sum = 0;
    for (int i = 0; i < 1000; ++i) sum += *co_await with_deadline(noted(use), world.at(10ms));
    Heap::count();
    for (int i = 0; i < 100'000; ++i) sum += *co_await with_deadline(noted(use), world.at(10ms));
    const std::size_t allocations = Heap::stop_counting();
#ifdef EXOCAST_NO_FRAME_CACHE
    static_cast<void>(allocations);
#else
    EXPECT_EQ(allocations, 100'000U);
#endif
    co_return sum;
  };
  EXPECT_EQ(*world.run(many()), 101'000);
  EXPECT_LT(use.bytes(), 4096U);
}

TEST(WithDeadline, WithoutMemoryItThrows) {
  if (!Heap::counts) GTEST_SKIP() << "nothing fails here";
  int failures = 0;
  for (std::size_t kth = 1; kth <= 6; ++kth) {  // three frames, the outcome, the engine and its child
    World world;
    const auto caller = [&]() -> task<int> {
      FrameCache::clear();
      Heap::count_and_fail(kth);
      co_return *co_await with_deadline(at_once(), world.at(10ms));
    };
    const auto outcome = world.run(caller());
    Heap::stop_counting();
    if (outcome.ok()) continue;
    EXPECT_THROW(std::rethrow_exception(outcome.exception()), std::bad_alloc);
    ++failures;
  }
  EXPECT_EQ(failures, 6);
}

/// A stop of either kind, between any two steps of the loop.
TEST(WithStop, AStopAfterAnyStepEndsItOnceAndLeavesNothing) {
  for (const bool with_caller : {false, true}) {
    for (const Duration takes : {2ms, 10ms, 30ms}) {
      for (int interfere_at = 0; interfere_at < 20; ++interfere_at) {
        SCOPED_TRACE(testing::Message() << with_caller << ' ' << takes / 1ms << " ms, step " << interfere_at);
        const long before = Heap::blocks_alive();
        {
          StepLoop loop;
          StopSource stop;
          int alive = 0;
          int ends = 0;
          const auto work = [](int& alive, Duration takes) -> task<int> {
            const Counted counted(alive);
            co_await WindDown(Deadline::at((co_await this_context()).scheduler->now() + takes), 15ms);
            co_return 7;
          };
          Scope scope(loop);
          scope.spawn(with_deadline(work(alive, takes), Deadline::after(loop.now(), 10ms), &stop),
                      [&](const auto& outcome) noexcept {
                        ++ends;
                        if (outcome.ok() && outcome->ok()) EXPECT_EQ(**outcome, 7);
                      });
          int steps = 0;
          do {
            if (steps++ == interfere_at) with_caller ? scope.request_stop() : stop.request();
          } while (loop.step());
          EXPECT_EQ(ends, 1);
          EXPECT_EQ(alive, 0);
          EXPECT_EQ(scope.live(), 0U);
        }
        FrameCache::clear();
        EXPECT_LE(Heap::blocks_alive(), before);
      }
    }
  }
}

}  // namespace
}  // namespace exocast
