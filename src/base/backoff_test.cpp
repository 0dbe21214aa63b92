// SPDX-License-Identifier: Apache-2.0
#include "base/backoff.h"

#include <vector>

#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;

std::vector<Duration> ceilings(const BackoffLimits& limits, int waits) {
  Backoff backoff(limits);
  Random random(1);
  std::vector<Duration> found;
  for (int i = 0; i < waits; ++i) {
    found.push_back(backoff.ceiling());
    backoff.next(random);
  }
  return found;
}

TEST(Backoff, TheCeilingDoublesUpToTheMost) {
  EXPECT_EQ(ceilings({500ms, 15s}, 8), (std::vector<Duration>{500ms, 1s, 2s, 4s, 8s, 15s, 15s, 15s}));
  EXPECT_EQ(ceilings({1s, 8s}, 5), (std::vector<Duration>{1s, 2s, 4s, 8s, 8s}));
}

TEST(Backoff, LimitsThatMakeNoSenseAreReadAsTheNearestThatDo) {
  EXPECT_EQ(ceilings({2s, 1s}, 3), (std::vector<Duration>{2s, 2s, 2s})) << "the most below the first";
  EXPECT_EQ(ceilings({-1s, -1s}, 2), (std::vector<Duration>{0s, 0s})) << "negative";
  EXPECT_EQ(ceilings({Duration::max(), Duration::max()}, 2), (std::vector<Duration>{Duration::max(), Duration::max()}));
}

TEST(Backoff, EveryWaitIsWithinItsCeilingAndTheWaitsSpreadOverAllOfIt) {
  constexpr int draws = 4000;
  int eighths[8] = {};
  Random random(7);
  for (int i = 0; i < draws; ++i) {
    Backoff backoff({800ms, 15s});
    const Duration wait = backoff.next(random);
    ASSERT_GE(wait, 0ms);
    ASSERT_LE(wait, 800ms);
    ++eighths[std::min<Duration::rep>(wait / Duration(100ms), 7)];
  }
  for (const int count : eighths) EXPECT_NEAR(count, draws / 8, draws / 40);
}

TEST(Backoff, ASuccessBeginsAgain) {
  Backoff backoff({500ms, 15s});
  Random random(3);
  for (int i = 0; i < 10; ++i) backoff.next(random);
  EXPECT_EQ(backoff.ceiling(), 15s);
  backoff.reset();
  EXPECT_EQ(backoff.ceiling(), 500ms);
}

}  // namespace
}  // namespace exocast
