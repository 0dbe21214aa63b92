// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/detail/timer_queue.h"

#include <array>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;

struct Numbered final : Timer {
  void fired() noexcept override {}
  std::size_t number = 0;
};

constexpr TimePoint start{};

TEST(TimerQueue, IsEmptyAtFirst) {
  TimerQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_EQ(queue.next(), TimePoint::max());
  EXPECT_EQ(queue.pop_due(TimePoint::max()), nullptr);
}

TEST(TimerQueue, GivesWhatIsDueSoonestFirst) {
  TimerQueue queue;
  Numbered late, soon, middle;
  queue.arm(late, start + 3s, 1);
  queue.arm(soon, start + 1s, 2);
  queue.arm(middle, start + 2s, 3);
  EXPECT_EQ(queue.next(), start + 1s);
  EXPECT_EQ(queue.pop_due(start + 1s - 1ns), nullptr);
  EXPECT_EQ(queue.pop_due(start + 2s), &soon);
  EXPECT_FALSE(soon.armed());
  EXPECT_EQ(queue.pop_due(start + 2s), &middle);
  EXPECT_EQ(queue.pop_due(start + 2s), nullptr);
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_EQ(late.time(), start + 3s);
}

TEST(TimerQueue, OrdersTheSameMomentByTheTie) {
  TimerQueue queue;
  std::array<Numbered, 3> timers;
  queue.arm(timers[0], start, 30);
  queue.arm(timers[1], start, 10);
  queue.arm(timers[2], start, 20);
  EXPECT_EQ(queue.pop_due(start), &timers[1]);
  EXPECT_EQ(queue.pop_due(start), &timers[2]);
  EXPECT_EQ(queue.pop_due(start), &timers[0]);
}

TEST(TimerQueue, MovesATimerThatIsArmedAgain) {
  TimerQueue queue;
  Numbered a, b;
  queue.arm(a, start + 1s, 1);
  queue.arm(b, start + 2s, 2);
  queue.arm(a, start + 3s, 3);
  EXPECT_EQ(queue.size(), 2U);
  EXPECT_EQ(queue.pop_due(start + 9s), &b);
  EXPECT_EQ(queue.pop_due(start + 9s), &a);
}

TEST(TimerQueue, MovesATimerFromAnotherQueue) {
  TimerQueue one, other;
  Numbered timer;
  one.arm(timer, start + 1s, 1);
  other.arm(timer, start + 2s, 1);
  EXPECT_TRUE(one.empty());
  EXPECT_EQ(other.pop_due(start + 2s), &timer);
}

TEST(TimerQueue, ADestroyedTimerLeavesByItself) {
  TimerQueue queue;
  Numbered a;
  auto b = std::make_unique<Numbered>();
  queue.arm(*b, start + 1s, 1);
  queue.arm(a, start + 2s, 2);
  b.reset();
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_EQ(queue.next(), start + 2s);
}

TEST(TimerQueue, LeavesItsTimersDisarmedWhenItIsDestroyed) {
  std::array<Numbered, 20> timers;
  {
    TimerQueue queue;
    for (std::size_t i = 0; i < timers.size(); ++i) queue.arm(timers[i], start + i % 7 * 1s, i);
  }
  for (Numbered& timer : timers) {
    EXPECT_FALSE(timer.armed());
    timer.disarm();  // no effect: not armed
  }
}

TEST(TimerQueue, TheEarliestAndTheLatestMomentOfAllAreInOrder) {
  TimerQueue queue;
  Numbered earliest, latest, middle;
  queue.arm(latest, TimePoint::max(), 1);
  queue.arm(middle, start, 2);
  queue.arm(earliest, TimePoint::min(), 3);
  EXPECT_EQ(queue.pop_due(TimePoint::min()), &earliest);
  EXPECT_EQ(queue.pop_due(TimePoint::max()), &middle);
  EXPECT_EQ(queue.pop_due(TimePoint::max()), &latest);
}

TEST(TimerQueue, AMillionTimersInAnyOrderNeedNoStack) {
  constexpr std::size_t count = 1'000'000;
  std::vector<Numbered> timers(count);
  TimerQueue queue;
  for (std::size_t i = 0; i < count; ++i) queue.arm(timers[i], start + Duration(i), i);  // one long row of siblings
  for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(queue.pop_due(start + Duration(count)), &timers[i]);
}

/// The queue behaves like a multimap ordered by (time, tie), for any sequence of operations.
class TimerQueueOracle : public testing::TestWithParam<unsigned> {};

TEST_P(TimerQueueOracle, DoesWhatAMultimapDoesUnderRandomOperations) {
  constexpr std::size_t count = 200;
  using Key = std::pair<TimePoint, std::uint64_t>;
  std::mt19937 random(GetParam());
  std::vector<Numbered> timers(count);
  std::multimap<Key, Numbered*> oracle;
  TimerQueue queue;
  const auto forget = [&](Numbered& timer) {
    std::erase_if(oracle, [&](const auto& entry) { return entry.second == &timer; });
  };
  TimePoint now = start;
  for (std::uint64_t step = 0; step < 20'000; ++step) {
    Numbered& timer = timers[random() % count];
    switch (random() % 5) {
      case 0:
      case 1: {
        const TimePoint time = now + Duration(random() % 50);
        forget(timer);
        oracle.emplace(Key(time, step), &timer);
        queue.arm(timer, time, step);
        break;
      }
      case 2:
        forget(timer);
        timer.disarm();
        break;
      case 3:
        now += Duration(random() % 10);
        break;
      default: {
        const bool due = !oracle.empty() && oracle.begin()->first.first <= now;
        Numbered* expected = due ? oracle.begin()->second : nullptr;
        ASSERT_EQ(queue.pop_due(now), expected);
        if (due) oracle.erase(oracle.begin());
      }
    }
    ASSERT_EQ(queue.size(), oracle.size());
    ASSERT_EQ(queue.empty(), oracle.empty());
    ASSERT_EQ(queue.next(), oracle.empty() ? TimePoint::max() : oracle.begin()->first.first);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TimerQueueOracle, testing::Range(1U, 9U));

}  // namespace
}  // namespace exocast
