// SPDX-License-Identifier: Apache-2.0
#include "node/send_pace.h"

#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;

const TimePoint begin = TimePoint(1h);

/// Starts lines at `now` until the pace holds the next one; returns how many.
std::size_t start(SendPace& pace, TimePoint now) {
  std::size_t count = 0;
  for (; count < 100'000 && pace.holds_until(now) <= now; ++count) pace.started(now);
  return count;
}

TEST(SendPace, BeginsWithAFewLinesAndGrowsWithTheAnswers) {
  SendPace pace(1, 15s);
  EXPECT_EQ(start(pace, begin), SendPace::window_first);
  pace.settled(0, true, begin);
  EXPECT_EQ(start(pace, begin), 1U);
  pace.settled(0, true, begin);
  EXPECT_EQ(start(pace, begin), 2U);
  for (int i = 0; i < 100'000; ++i) {
    pace.settled(0, true, begin);
    start(pace, begin);
  }
  for (std::size_t i = 0; i < SendPace::window_max; ++i) pace.settled(0, true, begin);
  EXPECT_EQ(start(pace, begin), SendPace::window_max);
}

TEST(SendPace, ItShrinksWhenAPeerBecomesSlow) {
  SendPace pace(1, 15s);
  for (int i = 0; i < 10'000; ++i) {
    start(pace, begin);
    pace.settled(0, true, begin);
  }
  start(pace, begin);
  for (std::size_t i = 0; i < SendPace::window_max; ++i) pace.settled(0, true, begin + 4s);
  EXPECT_EQ(start(pace, begin + 4s), 1U);
}

void expect_none_times_out(Duration takes) {
  SendPace pace(2, 15s);
  TimePoint now = begin;
  std::deque<TimePoint> at_the_slow_one;
  Duration longest{};
  for (int answered = 0; answered < 500; ++answered) {
    for (std::size_t count = start(pace, now); count > 0; --count) {
      at_the_slow_one.push_back(now);
      pace.settled(0, true, now);
    }
    ASSERT_FALSE(at_the_slow_one.empty());
    now += takes;
    longest = std::max(longest, now - at_the_slow_one.front());
    at_the_slow_one.pop_front();
    pace.settled(1, true, now);
  }
  EXPECT_LT(longest, 10s);
}

TEST(SendPace, ASlowPeerHoldsTheLinesSoThatNoneTimesOut) {
  for (const Duration takes : {1ms, 20ms, 200ms, 1500ms}) expect_none_times_out(takes);
}

TEST(SendPace, ASilentPeerHoldsTheOthersOnceAndNotForLong) {
  SendPace pace(2, 15s);
  TimePoint now = begin;
  for (std::size_t count = start(pace, now); count > 0; --count) pace.settled(0, true, now);
  EXPECT_EQ(pace.holds_until(now), begin + Duration(15s) / 8);
  now += Duration(15s) / 8;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_LE(pace.holds_until(now), now);
    pace.started(now);
    pace.settled(0, true, now);
    now += 1ms;
  }
}

TEST(SendPace, FailuresSetNoPaceAndAPeerThatComesBackDoes) {
  SendPace pace(2, 15s);
  for (std::size_t count = start(pace, begin); count > 0; --count) {
    pace.settled(0, true, begin);
    pace.settled(1, false, begin);
  }
  EXPECT_LE(pace.holds_until(begin), begin);
  const TimePoint later = begin + 1min;
  EXPECT_GT(start(pace, later), 1U);
  EXPECT_GT(pace.holds_until(later), later);
}

TEST(SendPace, WithoutPeersNothingHolds) {
  SendPace pace(0, 15s);
  EXPECT_EQ(start(pace, begin), 100'000U);
}

}  // namespace
}  // namespace exocast
