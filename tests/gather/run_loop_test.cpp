// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/run_loop.h"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::Counted;
using test::PassingClock;
using test::Stubborn;
using test::World;
using namespace std::chrono_literals;

TEST(RunLoop, ReturnsTheValue) {
  World world;
  const auto work = []() -> task<int> {
    co_await sleep_for(1ms);
    co_return 5;
  };
  EXPECT_EQ(*world.run(work()), 5);
}

TEST(RunLoop, ReturnsWhatWasThrownOrReturnedAsAnError) {
  World world;
  const auto throws = []() -> task<int> {
    throw std::runtime_error("thrown");
    co_return 0;
  };
  EXPECT_NE(world.run(throws()).exception(), nullptr);
  const auto fails = []() -> task<std::expected<int, std::string>> { co_return std::unexpected("returned"); };
  EXPECT_EQ(*world.run(fails()).error(), "returned");
}

TEST(RunLoop, StopsWorkThatWaitsForWhatCanNeverCome) {
  World world;
  int alive = 0;
  const auto work = [&]() -> task<void> {
    const Counted counted(alive);
    co_await until_stopped();
  };
  EXPECT_EQ(world.run(work()).reason(), Reason::cancelled);
  EXPECT_EQ(alive, 0);
}

TEST(RunLoop, AbandonsWorkThatWaitsForWhatCanNeverComeAndDoesNotStop) {
  World world;
  int alive = 0;
  const auto work = [&]() -> task<void> {
    const Counted counted(alive);
    co_await Stubborn(Deadline::never());
  };
  EXPECT_EQ(world.run(work()).reason(), Reason::cancelled);
  EXPECT_EQ(alive, 0);
}

task<void> spawn_stubborn(Deadline until, int& alive) {
  const auto stubborn = [](Deadline until, Counted) -> task<void> { co_await Stubborn(until); };
  (co_await this_context()).scope->spawn(stubborn(until, Counted(alive)));
}

TEST(RunLoop, DrainsWhatItsWorkLeavesInTheScope) {
  World world;
  int alive = 0;
  EXPECT_TRUE(world.run(spawn_stubborn(world.at(300ms), alive)).ok());
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(world.elapsed(), 300ms);
}

TEST(RunLoop, DrainsForItsTimeoutAtMost) {
  World world;
  int alive = 0;
  EXPECT_TRUE(world.run(spawn_stubborn(world.at(1h), alive), 100ms).ok());
  EXPECT_EQ(alive, 0) << "abandoned";
  EXPECT_LE(world.elapsed(), 100ms);
}

/// Posts itself for ever and ignores stops.
class Spinner final : private Runnable {
 public:
  explicit Spinner(int& rounds) noexcept : rounds_(&rounds) {}
  bool await_ready() const noexcept { return false; }
  template <TaskPromise Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    scheduler_ = handle.promise().context->scheduler;
    scheduler_->post(*this);
  }
  void await_resume() const noexcept {}

 private:
  void run() noexcept override {
    ASSERT_LT(++*rounds_, 1'000'000) << "the drain is not bounded";
    scheduler_->post(*this);
  }
  int* rounds_;
  Scheduler* scheduler_ = nullptr;
};

TEST(RunLoop, DrainsForItsTimeoutAtMostEvenWhatIsAlwaysReady) {
  PassingClock clock;
  RunLoop loop(clock);
  int rounds = 0;
  const auto spin = [&]() -> task<void> { co_await Spinner(rounds); };
  const auto work = [&]() -> task<void> { (co_await this_context()).scope->spawn(spin()); };
  EXPECT_TRUE(loop.run(work(), 100ms).ok());
  EXPECT_LE(rounds, 1000);
}

TEST(RunLoop, RunsOnceAfterAnother) {
  World world;
  const auto work = []() -> task<void> { co_await sleep_for(10ms); };
  EXPECT_TRUE(world.run(work()).ok());
  EXPECT_TRUE(world.run(work()).ok());
  EXPECT_EQ(world.elapsed(), 20ms);
}

TEST(RunLoop, ATurnWithNothingToWaitForSaysSo) {
  World world;
  EXPECT_FALSE(world.loop.turn());
}

TEST(RunLoop, LooksAtTheClockAgainAfterABoundedNumberOfRuns) {
  PassingClock clock;
  RunLoop loop(clock);
  Scope scope(loop);
  int ran = 0;
  const auto count = [&]() -> task<void> {
    co_await yield();
    ++ran;
  };
  for (std::size_t i = 0; i < RunLoop::turn_runs_max + 1; ++i) scope.spawn(count());
  const TimePoint before = loop.now();
  EXPECT_TRUE(loop.turn());
  EXPECT_EQ(ran, RunLoop::turn_runs_max);
  EXPECT_TRUE(loop.turn());
  EXPECT_EQ(ran, RunLoop::turn_runs_max + 1);
  EXPECT_GT(loop.now(), before + 1ms);
}

TEST(RunLoop, TimersAreNotStarvedByWhatIsAlwaysReady) {
  PassingClock clock;
  RunLoop loop(clock);
  bool done = false;
  const auto busy = [&]() -> task<void> {
    while (!done) co_await yield();
  };
  const auto work = [&]() -> task<void> {
    (co_await this_context()).scope->spawn(busy());
    co_await sleep_for(20ms);
    done = true;
  };
  EXPECT_TRUE(loop.run(work()).ok());
}

TEST(RunLoop, OnTheRealClockItSleepsAsLongAsItSays) {
  RunLoop loop;
  const TimePoint before = Clock::now();
  const auto work = []() -> task<void> {
    co_await sleep_for(20ms);
    co_await sleep_until(Deadline::at(TimePoint::min()));
  };
  EXPECT_TRUE(loop.run(work()).ok());
  EXPECT_GE(Clock::now() - before, 20ms);
}

TEST(RunLoop, RepeatsExactlyOnAVirtualClock) {
  const auto once = [] {
    World world;
    std::string log;
    const auto worker = [&](int number) -> task<void> {
      for (int i = 0; i < 5; ++i) {
        co_await sleep_for(Duration((number * 7 + i * 3) % 5));
        log += static_cast<char>('a' + number);
      }
    };
    Scope scope(world.loop);
    for (int number = 0; number < 10; ++number) scope.spawn(worker(number));
    while (world.loop.turn()) {
    }
    return log;
  };
  EXPECT_EQ(once(), once());
  EXPECT_EQ(once().size(), 50U);
}

}  // namespace
}  // namespace exocast
