// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/deadline.h"

#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;

constexpr TimePoint now{1000s};

TEST(Deadline, PassesFromItsOwnMomentOn) {
  constexpr Deadline deadline = Deadline::at(now);
  static_assert(!deadline.passed(now - 1ns));
  static_assert(deadline.passed(now));
  static_assert(deadline.passed(now + 1ns));
  EXPECT_EQ(deadline.time(), now);
}

TEST(Deadline, AfterAddsTheTimeout) {
  EXPECT_EQ(Deadline::after(now, 5ms).time(), now + 5ms);
  EXPECT_EQ(Deadline::after(now, Duration::zero()).time(), now);
}

TEST(Deadline, ANegativeTimeoutCountsAsZero) {
  EXPECT_EQ(Deadline::after(now, -1ns), Deadline::at(now));
  EXPECT_EQ(Deadline::after(now, Duration::min()), Deadline::at(now));
}

TEST(Deadline, ATimeoutTooLongToRepresentIsNever) {
  EXPECT_TRUE(Deadline::after(now, Duration::max()).is_never());
  EXPECT_TRUE(Deadline::after(now, TimePoint::max() - now + 1ns).is_never());
  EXPECT_TRUE(Deadline::after(now, TimePoint::max() - now).is_never()) << "the last moment of all is never";
  EXPECT_FALSE(Deadline::after(now, TimePoint::max() - now - 1ns).is_never());
  EXPECT_TRUE(Deadline::after(TimePoint::max(), 1ns).is_never());
}

TEST(Deadline, NeverDoesNotPassAndHasAllTimeLeft) {
  static_assert(Deadline::never().is_never());
  static_assert(!Deadline::never().passed(TimePoint::max() - 1ns));
  static_assert(Deadline::never().left(now) == Duration::max());
  EXPECT_EQ(Deadline::never().time(), TimePoint::max());
}

TEST(Deadline, WhatIsLeftEndsAtZero) {
  const Deadline deadline = Deadline::at(now);
  EXPECT_EQ(deadline.left(now - 3ms), 3ms);
  EXPECT_EQ(deadline.left(now), Duration::zero());
  EXPECT_EQ(deadline.left(now + 3ms), Duration::zero());
}

TEST(Deadline, TheSoonerIsTheLesser) {
  static_assert(Deadline::at(now) < Deadline::at(now + 1ns));
  static_assert(Deadline::at(now) < Deadline::never());
  EXPECT_EQ(std::min(Deadline::never(), Deadline::at(now)), Deadline::at(now));
}

}  // namespace
}  // namespace exocast
