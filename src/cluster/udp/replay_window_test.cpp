// SPDX-License-Identifier: Apache-2.0
#include "cluster/udp/replay_window.h"

#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;
using Verdict = ReplayWindow::Verdict;

constexpr WallTime noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25} + 12h};

TEST(ReplayWindow, TakesEachDatagramOnce) {
  ReplayWindow window;
  EXPECT_EQ(window.admit(noon, noon, 1), Verdict::fresh);
  EXPECT_EQ(window.admit(noon, noon, 1), Verdict::replayed);
  EXPECT_EQ(window.admit(noon + 30s, noon, 1), Verdict::replayed);
  EXPECT_EQ(window.admit(noon, noon, 2), Verdict::fresh);
}

TEST(ReplayWindow, BelievesClocksThatAreThirtySecondsApart) {
  ReplayWindow window;
  EXPECT_EQ(window.admit(noon, noon - 30s, 1), Verdict::fresh);
  EXPECT_EQ(window.admit(noon, noon + 30s, 2), Verdict::fresh);
  EXPECT_EQ(window.admit(noon, noon - 30s - 1us, 3), Verdict::skewed);
  EXPECT_EQ(window.admit(noon, noon + 30s + 1us, 4), Verdict::skewed);
}

TEST(ReplayWindow, RefusesWhatOneOfAFastClockRepeatsAsLongAsItsTimeIsBelieved) {
  ReplayWindow window;
  EXPECT_EQ(window.admit(noon, noon + 30s, 1), Verdict::fresh);
  for (auto later = 0s; later <= 60s; ++later) EXPECT_EQ(window.admit(noon + later, noon + 30s, 1), Verdict::replayed);
  EXPECT_EQ(window.admit(noon + 60s + 1us, noon + 30s, 1), Verdict::skewed);
}

TEST(ReplayWindow, ForgetsWhatIsTooOldToBeBelieved) {
  ReplayWindow window;
  for (std::uint64_t nonce = 0; nonce < 100; ++nonce) window.admit(noon, noon, nonce);
  EXPECT_EQ(window.remembered(), 100U);
  window.admit(noon + 32s, noon + 32s, 100);
  EXPECT_EQ(window.remembered(), 1U);
}

TEST(ReplayWindow, RefusesMoreThanItCanRememberRatherThanForget) {
  ReplayWindow window;
  for (std::uint64_t nonce = 0; nonce < ReplayWindow::remembered_max; ++nonce) {
    ASSERT_EQ(window.admit(noon, noon, nonce), Verdict::fresh);
  }
  EXPECT_EQ(window.admit(noon, noon, ReplayWindow::remembered_max), Verdict::full);
  EXPECT_EQ(window.admit(noon, noon, 0), Verdict::replayed);
  EXPECT_EQ(window.admit(noon + 31s, noon + 31s, 1), Verdict::fresh);
}

}  // namespace
}  // namespace exocast
