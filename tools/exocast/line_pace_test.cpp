// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/line_pace.h"

#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;

const TimePoint begin = TimePoint(1h);

/// Starts lines at `now` until the pace holds the next one; returns how many.
std::size_t start(LinePace& pace, TimePoint now) {
  std::size_t count = 0;
  for (; count < 100'000 && pace.holds_until(now) <= now; ++count) pace.started(now);
  return count;
}

TEST(LinePace, BeginsWithAFewLinesAndGrowsWithTheAnswers) {
  LinePace pace(1, 15s);
  EXPECT_EQ(start(pace, begin), LinePace::window_first);
  pace.settled(0, true, begin);
  EXPECT_EQ(start(pace, begin), 2U);
  for (int i = 0; i < 5000; ++i) {
    pace.settled(0, true, begin);
    start(pace, begin);
  }
  for (std::size_t i = 0; i < LinePace::window_max; ++i) pace.settled(0, true, begin);
  EXPECT_EQ(start(pace, begin), LinePace::window_max);
}

TEST(LinePace, ASlowPeerHoldsTheLinesSoThatNoneTimesOut) {
  LinePace pace(2, 15s);
  TimePoint now = begin;
  std::deque<TimePoint> at_the_slow_one;
  Duration longest{};
  for (int answered = 0; answered < 500; ++answered) {
    for (std::size_t count = start(pace, now); count > 0; --count) {
      at_the_slow_one.push_back(now);
      pace.settled(0, true, now);
    }
    ASSERT_FALSE(at_the_slow_one.empty());
    now += 200ms;
    longest = std::max(longest, now - at_the_slow_one.front());
    at_the_slow_one.pop_front();
    pace.settled(1, true, now);
  }
  EXPECT_LT(longest, 15s / 2);
}

TEST(LinePace, ASilentPeerHoldsTheOthersOnceAndNotForLong) {
  LinePace pace(2, 15s);
  TimePoint now = begin;
  for (std::size_t count = start(pace, now); count > 0; --count) pace.settled(0, true, now);
  EXPECT_EQ(pace.holds_until(now), begin + LinePace::patience);
  now += LinePace::patience;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_LE(pace.holds_until(now), now);
    pace.started(now);
    pace.settled(0, true, now);
    now += 1ms;
  }
}

TEST(LinePace, FailuresSetNoPaceAndAPeerThatComesBackDoes) {
  LinePace pace(2, 15s);
  for (std::size_t count = start(pace, begin); count > 0; --count) {
    pace.settled(0, true, begin);
    pace.settled(1, false, begin);
  }
  EXPECT_LE(pace.holds_until(begin), begin);
  const TimePoint later = begin + 1min;
  EXPECT_GT(start(pace, later), 1U);
  pace.settled(1, true, later);
  EXPECT_GT(pace.holds_until(later), later);
}

TEST(LinePace, WithoutPeersNothingHolds) {
  LinePace pace(0, 15s);
  EXPECT_EQ(start(pace, begin), 100'000U);
}

}  // namespace
}  // namespace exocast
