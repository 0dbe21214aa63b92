// SPDX-License-Identifier: Apache-2.0
#include "exocast/asio_loop.h"

#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include "exocast/as_task.h"
#include "exocast/gather/gather.h"
#include "testing/loop/call.h"

namespace exocast {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// A timer that calls a function.
class Alarm final : public Timer {
 public:
  explicit Alarm(std::function<void()> call) : call_(std::move(call)) {}
  void fired() noexcept override { call_(); }

 private:
  std::function<void()> call_;
};

task<int> yield_and_sleep(Duration time) {
  co_await yield();
  co_await sleep_for(time);
  co_return 7;
}

TEST(AsioLoop, RunsATaskToItsValue) {
  AsioLoop loop;
  const auto outcome = loop.run(yield_and_sleep(milliseconds(1)));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.value(), 7);
}

TEST(AsioLoop, GivesBackWhatTheTaskThrewOrReturnedAsAnError) {
  AsioLoop loop;
  const auto thrown = loop.run([]() -> task<int> {
    co_await yield();
    throw std::runtime_error("no");
  }());
  EXPECT_EQ(thrown.reason(), Reason::error);
  EXPECT_THROW(std::rethrow_exception(thrown.exception()), std::runtime_error);
  const auto failed = loop.run([]() -> task<std::expected<int, std::string>> { co_return std::unexpected("bad"); }());
  ASSERT_NE(failed.error(), nullptr);
  EXPECT_EQ(*failed.error(), "bad");
}

TEST(AsioLoop, RunsAgainAndOnAnotherThread) {
  AsioLoop loop;
  EXPECT_TRUE(loop.run(yield_and_sleep(milliseconds(0))).ok());
  std::thread([&] { EXPECT_TRUE(loop.run(yield_and_sleep(milliseconds(1))).ok()); }).join();
  EXPECT_TRUE(loop.run(yield_and_sleep(milliseconds(1))).ok());
}

TEST(AsioLoop, TimersFireInTheOrderOfTimeAndThenOfArming) {
  AsioLoop loop;
  std::vector<int> order;
  loop.run([](AsioLoop& loop, std::vector<int>& order) -> task<void> {
    const TimePoint start = loop.now();
    Alarm late([&] { order.push_back(3); });
    Alarm first([&] { order.push_back(1); });
    Alarm second([&] { order.push_back(2); });
    Alarm moved([&] { order.push_back(4); });
    Alarm forgotten([&] { order.push_back(99); });
    loop.wake_at(moved, start + milliseconds(1));
    loop.wake_at(late, start + milliseconds(4));
    loop.wake_at(first, start + milliseconds(2));
    loop.wake_at(second, start + milliseconds(2));
    loop.wake_at(forgotten, start + milliseconds(2));
    loop.wake_at(moved, start + milliseconds(4));
    loop.cancel(forgotten);
    co_await sleep_for(milliseconds(6));
  }(loop, order));
  EXPECT_EQ(order, (std::vector{1, 2, 3, 4}));
}

TEST(AsioLoop, ASoonerTimerIsNotHeldUpByALaterOne) {
  AsioLoop loop;
  const TimePoint start = Clock::now();
  loop.run([](AsioLoop& loop) -> task<void> {
    Alarm late([] {});
    loop.wake_at(late, loop.now() + seconds(60));
    co_await sleep_for(milliseconds(1));
    co_await sleep_for(milliseconds(5));
    co_await sleep_for(milliseconds(1));
  }(loop));
  EXPECT_LT(Clock::now() - start, seconds(30));
  EXPECT_GE(Clock::now() - start, milliseconds(7));
}

TEST(AsioLoop, ATimerIsNotLostWhenItsTimeComesAmongTheHandlersOfATurn) {
  AsioLoop loop;
  bool fired = false;
  loop.run([](AsioLoop& loop, bool& fired) -> task<void> {
    const TimePoint time = loop.now() + milliseconds(20);
    Alarm alarm([&fired] { fired = true; });
    loop.wake_at(alarm, time);
    boost::asio::steady_timer other(loop.context(), milliseconds(1));
    co_await other.async_wait(as_task);  // the loop waits for both, and takes a turn for this one
    boost::asio::post(loop.context(), [time] {
      while (Clock::now() <= time) std::this_thread::yield();
    });
    co_await yield();  // in that turn, which began before the timer was due
    co_await sleep_until(Deadline::at(time));
  }(loop, fired));
  EXPECT_TRUE(fired);
}

TEST(AsioLoop, WhatAFiringTimerArmsForNowWaitsForTheNextTurn) {
  AsioLoop loop;
  const auto turns = loop.run([](AsioLoop& loop) -> task<int> {
    int fired = 0;
    Alarm again([&] {
      if (++fired < 1000) loop.wake_at(again, loop.now());
    });
    loop.wake_at(again, loop.now());
    int turns = 0;
    while (fired < 1000) {
      co_await yield();
      ++turns;
    }
    co_return turns;
  }(loop));
  EXPECT_GE(turns.value(), 1000);
}

TEST(AsioLoop, AllDueTimersFireBeforeWhatTheyPostRuns) {
  AsioLoop loop;
  std::string events;
  loop.run([](AsioLoop& loop, std::string& events) -> task<void> {
    Call posted([&] { events += "posted "; });
    Alarm a([&] {
      events += "a ";
      loop.post(posted);
    });
    Alarm b([&] { events += "b "; });
    loop.wake_at(a, loop.now() - milliseconds(2));
    loop.wake_at(b, loop.now() - milliseconds(1));
    co_await sleep_for(milliseconds(1));
  }(loop, events));
  EXPECT_EQ(events, "a b posted ");
}

TEST(AsioLoop, ACompletionInTheTurnOfTheDeadlineWins) {
  AsioLoop loop;
  const auto outcome = loop.run([](AsioLoop& loop) -> task<Gathered<int>> {
    const TimePoint moment = loop.now() + milliseconds(3);
    const auto item = [&](int value) -> task<int> {
      co_await sleep_until(Deadline::at(moment));
      co_return value;
    };
    co_return co_await gather(std::vector{1, 2, 3}, item, {.deadline = Deadline::at(moment)});
  }(loop));
  EXPECT_EQ(outcome.value().count(Reason::ok), 3);
}

TEST(AsioLoop, NowStandsStillWithinATurnAndMovesBetweenTurns) {
  AsioLoop loop;
  loop.run([](AsioLoop& loop) -> task<void> {
    co_await yield();
    const TimePoint turn = loop.now();
    std::this_thread::sleep_for(milliseconds(1));
    EXPECT_EQ(loop.now(), turn);
    co_await sleep_for(milliseconds(0));
    EXPECT_GE(loop.now(), turn + milliseconds(1));
  }(loop));
}

TEST(AsioLoop, TimersAreLookedAtWhileTasksNeverStopYielding) {
  AsioLoop loop;
  const auto outcome = loop.run([](AsioLoop& loop) -> task<Gathered<Unit>> {
    const auto spin = [](int) -> task<void> {
      for (;;) co_await yield();
    };
    co_return co_await gather(std::vector{1, 2}, spin, {.deadline = Deadline::after(loop.now(), milliseconds(5))});
  }(loop));
  EXPECT_EQ(outcome.value().count(Reason::timed_out), 2);
}

TEST(AsioLoop, HandlersOfAsioRunWhileTasksNeverStopYielding) {
  AsioLoop loop;
  bool ran = false;
  loop.run([](AsioLoop& loop, bool& ran) -> task<void> {
    boost::asio::post(loop.context(), [&] { ran = true; });
    while (!ran) co_await yield();
  }(loop, ran));
  EXPECT_TRUE(ran);
}

TEST(AsioLoop, GoesOnWhenSomebodyStoppedItsContext) {
  AsioLoop loop;
  loop.context().stop();
  EXPECT_TRUE(loop.run(yield_and_sleep(milliseconds(1))).ok());
}

// Stop and drain.

TEST(AsioLoop, RequestStopEndsTheRunningTaskFromAnotherThread) {
  AsioLoop loop;
  std::thread stopper([&] {
    std::this_thread::sleep_for(milliseconds(5));
    loop.request_stop();
  });
  EXPECT_EQ(loop.run([]() -> task<void> { co_await until_stopped(); }()).reason(), Reason::cancelled);
  stopper.join();
}

TEST(AsioLoop, RequestStopBeforeARunStopsThatRunOnly) {
  AsioLoop loop;
  loop.request_stop();
  EXPECT_EQ(loop.run(yield_and_sleep(seconds(60))).reason(), Reason::cancelled);
  EXPECT_TRUE(loop.run(yield_and_sleep(milliseconds(1))).ok());
}

TEST(AsioLoop, RequestStopFromWithinTheTask) {
  AsioLoop loop;
  const auto outcome = loop.run([](AsioLoop& loop) -> task<void> {
    loop.request_stop();
    co_await yield();
    ADD_FAILURE() << "went on";
  }(loop));
  EXPECT_EQ(outcome.reason(), Reason::cancelled);
}

/// A wait that ends some time after its stop.
class Stubborn final : public Suspension, private Timer {
 public:
  explicit Stubborn(Duration winding_down) noexcept : winding_down_(winding_down) {}
  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    return suspend(handle) ? std::noop_coroutine() : stop();
  }
  void await_resume() const noexcept {}

 private:
  void on_stop() noexcept override { context().scheduler->wake_at(*this, context().scheduler->now() + winding_down_); }
  void fired() noexcept override { stop().resume(); }
  Duration winding_down_;
};

task<std::size_t> leave_a_straggler(AsioLoop& loop, Duration winding_down, bool& gone) {
  struct Leaving {
    bool& gone;
    ~Leaving() { gone = true; }
  };
  const auto item = [winding_down, &gone](int) -> task<void> {
    const Leaving leaving{gone};
    co_await Stubborn(winding_down);
  };
  const auto all = co_await gather(std::vector{1}, item, {.deadline = Deadline::after(loop.now(), milliseconds(1))});
  co_return all.count(Reason::timed_out);
}

TEST(AsioLoop, RunDrainsStragglersBeforeItReturns) {
  AsioLoop loop;
  bool gone = false;
  EXPECT_EQ(loop.run(leave_a_straggler(loop, milliseconds(10), gone), seconds(20)).value(), 1);
  EXPECT_TRUE(gone);
}

TEST(AsioLoop, RunAbandonsStragglersAfterTheDrainTimeout) {
  AsioLoop loop;
  bool gone = false;
  const TimePoint start = Clock::now();
  EXPECT_EQ(loop.run(leave_a_straggler(loop, seconds(60), gone), milliseconds(5)).value(), 1);
  EXPECT_TRUE(gone);
  EXPECT_LT(Clock::now() - start, seconds(30));
}

}  // namespace
}  // namespace exocast
