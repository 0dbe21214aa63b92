// SPDX-License-Identifier: Apache-2.0
// Foreign threads that enter the loop, as gRPC's threads do.
#include <array>
#include <functional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/asio_loop.h"
#include "exocast/gather/wait.h"
#include "testing/loop/call.h"

namespace exocast {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Waits for `event` and returns the thread that resumed it.
task<std::thread::id> wait_for(Event& event) {
  co_await event.wait();
  co_return std::this_thread::get_id();
}

TEST(AsioLoopEntry, WhatItMakesReadyRunsAtItsEndOnTheEnteringThread) {
  AsioLoop loop;
  Event event;
  std::thread::id entered;
  std::thread other([&] {
    entered = std::this_thread::get_id();
    std::this_thread::sleep_for(milliseconds(5));
    const AsioLoop::Entry inside = loop.enter();
    event.set();
  });
  const auto resumed_on = loop.run(wait_for(event));  // run() must notice that the task ended on the other thread
  other.join();
  EXPECT_EQ(resumed_on.value(), entered);
}

TEST(AsioLoopEntry, KnowsWhoIsInside) {
  AsioLoop loop;
  EXPECT_FALSE(loop.inside());
  {
    const AsioLoop::Entry inside = loop.enter();
    EXPECT_TRUE(loop.inside());
    std::thread([&] { EXPECT_FALSE(loop.inside()); }).join();
    {
      const AsioLoop::Entry again = loop.enter();
      EXPECT_TRUE(loop.inside());
    }
    EXPECT_TRUE(loop.inside());
  }
  EXPECT_FALSE(loop.inside());
}

#ifndef EXOCAST_NO_FRAME_CACHE

TEST(AsioLoopEntry, FramesThatOneThreadMakesAndAnotherReleasesAreReused) {
  AsioLoop loop;
  const auto in_another_thread = [&](auto work) {
    std::thread([&] {
      const AsioLoop::Entry inside = loop.enter();
      work();
    }).join();
  };
  void* frame = nullptr;
  void* again = nullptr;
  in_another_thread([&] { frame = FrameCache::allocate(200); });
  in_another_thread([&] { FrameCache::release(frame, 200); });
  in_another_thread([&] { again = FrameCache::allocate(200); });
  EXPECT_EQ(again, frame);
  in_another_thread([&] { FrameCache::release(again, 200); });
}

#endif

TEST(AsioLoopEntry, AnInnerEntryRunsNothingYet) {
  AsioLoop loop;
  bool ran = false;
  Call job([&] { ran = true; });
  {
    const AsioLoop::Entry outer = loop.enter();
    {
      const AsioLoop::Entry inner = loop.enter();
      loop.post(job);
    }
    EXPECT_FALSE(ran);
  }
  EXPECT_TRUE(ran);
}

TEST(AsioLoopEntry, HasANowOfItsOwn) {
  AsioLoop loop;
  const TimePoint before = Clock::now();
  const AsioLoop::Entry inside = loop.enter();
  EXPECT_GE(loop.now(), before);
  EXPECT_LE(loop.now(), Clock::now());
}

TEST(AsioLoopEntry, ASoonerTimerItArmsWakesTheWaitingLoop) {
  AsioLoop loop;
  Event event;
  class Set final : public Timer {
   public:
    explicit Set(Event& event) : event_(event) {}
    void fired() noexcept override { event_.set(); }

   private:
    Event& event_;
  } timer(event);
  std::thread other([&] {
    std::this_thread::sleep_for(milliseconds(5));
    const AsioLoop::Entry inside = loop.enter();
    loop.wake_at(timer, loop.now() + milliseconds(2));
  });
  const TimePoint start = Clock::now();
  const auto came = loop.run([](AsioLoop& loop, Event& event) -> task<bool> {
    co_return co_await event.wait(Deadline::after(loop.now(), seconds(60)));
  }(loop, event));
  EXPECT_TRUE(came.value());
  EXPECT_LT(Clock::now() - start, seconds(30));
  other.join();
}

TEST(AsioLoopEntry, EndsThoughTasksNeverStopYieldingAndTheLoopsThreadGoesOnWithThem) {
  AsioLoop loop;
  Event event;
  std::atomic<bool> left = false;
  std::thread other([&] {
    std::this_thread::sleep_for(milliseconds(5));
    {
      const AsioLoop::Entry inside = loop.enter();
      event.set();
    }
    left = true;
  });
  const auto on_loops_thread = loop.run([](Event& event, std::atomic<bool>& left) -> task<std::thread::id> {
    co_await event.wait();
    while (!left) co_await yield();
    co_await yield();
    co_return std::this_thread::get_id();
  }(event, left));
  other.join();
  EXPECT_EQ(on_loops_thread.value(), std::this_thread::get_id());
}

TEST(AsioLoopEntry, ComesInWhileTasksNeverStopYielding) {
  AsioLoop loop;
  bool done = false;
  std::thread other([&] {
    for (int i = 0; i < 200; ++i) {
      const AsioLoop::Entry inside = loop.enter();
    }
    const AsioLoop::Entry inside = loop.enter();
    done = true;
  });
  const auto outcome = loop.run([](bool& done) -> task<int> {
    while (!done) co_await yield();
    co_return 1;
  }(done));
  EXPECT_TRUE(outcome.ok());
  other.join();
}

// ThreadSanitizer checks here that the mutex orders everything: nothing is atomic.
TEST(AsioLoopEntry, TwoThreadsAndTheLoopTakeTurns) {
  AsioLoop loop;
  std::array<int, 2> entries{};
  int turns = 0;
  const auto enter_often = [&](std::size_t self) {
    for (;;) {
      const AsioLoop::Entry inside = loop.enter();
      if (++entries[self] >= 500 && turns >= 50) return;
    }
  };
  std::thread one(enter_often, 0);
  std::thread two(enter_often, 1);
  const auto outcome = loop.run([](const std::array<int, 2>& entries, int& turns) -> task<void> {
    while (turns < 50 || entries[0] < 500 || entries[1] < 500) {
      co_await sleep_for(std::chrono::microseconds(50));
      ++turns;
    }
  }(entries, turns));
  one.join();
  two.join();
  EXPECT_TRUE(outcome.ok());
}

TEST(AsioLoopEntry, PingPongWithTheLoopsThreadLosesNoWakeUp) {
  constexpr int rounds = 2000;
  AsioLoop loop;
  Event ping;
  int pongs = 0;
  std::thread other([&] {
    for (int sent = 0; sent < rounds;) {
      const AsioLoop::Entry inside = loop.enter();
      if (sent == pongs) {
        ++sent;
        ping.set();
      }
    }
  });
  const auto outcome = loop.run([](Event& ping, int& pongs) -> task<void> {
    while (pongs < rounds) {
      co_await ping.wait();
      ping.reset();
      co_await sleep_for(std::chrono::microseconds(pongs % 3));  // sometimes on the loop's thread
      ++pongs;
    }
  }(ping, pongs));
  EXPECT_TRUE(outcome.ok());
  other.join();
}

TEST(AsioLoopEntry, StopsManyRunsFromOutside) {
  AsioLoop loop;
  for (int i = 0; i < 200; ++i) {
    std::thread stopper([&] { loop.request_stop(); });
    EXPECT_EQ(loop.run([]() -> task<void> { co_await until_stopped(); }()).reason(), Reason::cancelled);
    stopper.join();
  }
}

TEST(AsioLoopEntry, BetweenRunsItRunsWhatItMadeReady) {
  AsioLoop loop;
  Scope scope(loop);
  Event event;
  bool came = false;
  {
    const AsioLoop::Entry inside = loop.enter();
    scope.spawn([](Event& event, bool& came) -> task<void> {
      co_await event.wait();
      came = true;
    }(event, came));
  }
  EXPECT_FALSE(came);
  {
    const AsioLoop::Entry inside = loop.enter();
    event.set();
  }
  EXPECT_TRUE(came);
}

}  // namespace
}  // namespace exocast
