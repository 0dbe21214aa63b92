// SPDX-License-Identifier: Apache-2.0
#include "cluster/exo/silence.h"

#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint start{1h};
constexpr SilenceLimits limits = {.interval = 550ms};

/// A node that is checked every 500 ms and takes `took` to answer, after `answers` answers; `at`: the last one.
Silence after(int answers, Duration took, TimePoint& at) {
  Silence silence(limits, start);
  for (at = start; answers > 0; --answers) silence.answered(at += 500ms, took);
  return silence;
}

TEST(Silence, IsSuspectWithinASecondAndGoneWithinThree) {
  const Silence silence(limits, start);
  EXPECT_EQ(silence.state(start + 949ms), MemberState::healthy);
  EXPECT_EQ(silence.state(start + 950ms), MemberState::suspect);
  EXPECT_EQ(silence.state(start + 2849ms), MemberState::suspect);
  EXPECT_EQ(silence.state(start + 2850ms), MemberState::gone);
}

TEST(Silence, IsBrokenByAnAnswer) {
  Silence silence(limits, start);
  silence.answered(start + 10s, 1ms);
  EXPECT_EQ(silence.state(start + 10s + 949ms), MemberState::healthy);
}

TEST(Silence, OfAQuickNodeStaysShort) {
  TimePoint at;
  EXPECT_EQ(after(100, 2ms, at).suspect_at(), at + 950ms);
}

TEST(Silence, OfANodeThatAlwaysAnswersLateIsBorne) {
  TimePoint at;
  const Silence silence = after(100, 1500ms, at);
  EXPECT_GT(silence.suspect_at(), at + 550ms + 1500ms);
  EXPECT_LT(silence.suspect_at(), at + 3s);
}

TEST(Silence, DoesNotGrowMuchByOneLateAnswerAndShrinksAgain) {
  TimePoint at;
  Silence silence = after(100, 2ms, at);
  silence.answered(at += 500ms, 60s);
  EXPECT_LT(silence.suspect_at(), at + 1600ms);
  for (int i = 0; i < 12; ++i) silence.answered(at += 500ms, 2ms);
  EXPECT_EQ(silence.suspect_at(), at + 950ms);
}

TEST(Silence, HasABoundWhateverTheAnswersTook) {
  TimePoint at;
  EXPECT_EQ(after(1000, 1h, at).suspect_at(), at + 550ms + 5s);
}

TEST(Silence, DoesNotCountWhileTheOneWhoAsksWasAsleep) {
  Silence silence(limits, start);
  silence.excuse(1h);
  EXPECT_EQ(silence.state(start + 1h + 949ms), MemberState::healthy);
  EXPECT_EQ(silence.state(start + 1h + 950ms), MemberState::suspect);
}

}  // namespace
}  // namespace exocast
