// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/heard_nodes.h"

#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;
using Hearing = HeardNodes::Hearing;

constexpr TimePoint start{1h};

TEST(HeardNodes, TellCopiesFromAnnouncements) {
  HeardNodes heard;
  EXPECT_EQ(heard.hear(7, 1, start), Hearing::newcomer);
  EXPECT_EQ(heard.hear(7, 1, start), Hearing::copy);
  EXPECT_EQ(heard.hear(7, 2, start), Hearing::known);
  EXPECT_EQ(heard.hear(7, 2, start), Hearing::copy);
  EXPECT_EQ(heard.hear(8, 2, start), Hearing::newcomer);
}

TEST(HeardNodes, AreNotDrivenOutByAFloodOfInventedOnes) {
  HeardNodes heard;
  EXPECT_EQ(heard.hear(1, 1, start), Hearing::newcomer);
  for (std::uint64_t session = 2; session <= HeardNodes::nodes_max; ++session) heard.hear(session, 1, start);
  EXPECT_EQ(heard.hear(1'000'000, 1, start), Hearing::no_room);
  EXPECT_EQ(heard.hear(1, 2, start + 20s), Hearing::known);
  // The invented nodes fall silent; the real one stays.
  EXPECT_EQ(heard.hear(1'000'000, 1, start + 29s), Hearing::no_room);
  EXPECT_EQ(heard.hear(1'000'000, 1, start + 30s), Hearing::newcomer);
  EXPECT_EQ(heard.hear(1, 2, start + 30s), Hearing::copy);
  EXPECT_EQ(heard.nodes(), 2U);
}

TEST(AnswerBudget, AnswersEverybodyInASmallCluster) {
  AnswerBudget budget;
  Random random(1);
  for (TimePoint now = start; now < start + 10s; now += 100ms) EXPECT_TRUE(budget.take(8, now, random));
}

TEST(AnswerBudget, LetsAboutEightOfAThousandAnswer) {
  Random random(1);
  int answers = 0;
  for (int node = 0; node < 1000; ++node) answers += AnswerBudget().take(1000, start, random);
  EXPECT_GE(answers, 2);
  EXPECT_LE(answers, 20);
}

TEST(AnswerBudget, IsBoundedWhateverComes) {
  AnswerBudget budget;
  Random random(1);
  int answers = 0;
  for (int i = 0; i < 10'000; ++i) answers += budget.take(1, start, random);
  EXPECT_EQ(answers, AnswerBudget::burst_max);
  for (int i = 0; i < 10'000; ++i) answers += budget.take(1, start + 1s, random);
  EXPECT_EQ(answers, AnswerBudget::burst_max + 10);
}

TEST(AnnouncementPause, BeginsWithABurstAndThenKeepsTheInterval) {
  Random random(1);
  EXPECT_EQ(announcement_pause(1, 2500ms, random), 100ms);
  EXPECT_EQ(announcement_pause(2, 2500ms, random), 200ms);
  EXPECT_EQ(announcement_pause(3, 2500ms, random), 400ms);
  for (std::uint32_t announced = 4; announced < 100; ++announced) {
    const Duration pause = announcement_pause(announced, 2500ms, random);
    EXPECT_GE(pause, 2250ms);
    EXPECT_LE(pause, 2750ms);
  }
}

}  // namespace
}  // namespace exocast
