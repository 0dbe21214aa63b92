// SPDX-License-Identifier: Apache-2.0
#include "exocast/log_progress.h"

#include <set>

#include <gtest/gtest.h>

#include "base/random.h"
#include "testing/for_each_seed.h"

namespace exocast {
namespace {

using Ranges = std::vector<PositionRange>;

TEST(LogProgress, NothingIsKnownOfTheFuture) {
  LogProgress log(7, StreamClass::tokens);
  EXPECT_EQ(log.stability(1), Stability::not_yet);
  log.settle(2);
  EXPECT_EQ(log.stability(1), Stability::yes);
  EXPECT_EQ(log.stability(2), Stability::yes);
  EXPECT_EQ(log.stability(3), Stability::not_yet);
  log.settle(1);
  EXPECT_EQ(log.settled(), 2U) << "never back";
}

TEST(LogProgress, ALossIsNoBeforeAndAfterTheLogIsSettled) {
  LogProgress log(7, StreamClass::tokens);
  log.add_incomplete({3, 3});
  EXPECT_EQ(log.stability(3), Stability::no);
  log.settle(4);
  EXPECT_EQ(log.stability(2), Stability::yes);
  EXPECT_EQ(log.stability(3), Stability::no);
  EXPECT_EQ(log.stability(4), Stability::yes);
  EXPECT_EQ(log.incomplete(), 3U);
}

TEST(LogProgress, AdjacentLossesAreOneRange) {
  LogProgress log(7, StreamClass::tokens);
  for (const std::uint64_t position : {5U, 7U, 6U, 1U, 2U, 9U}) log.add_incomplete({position, position});
  EXPECT_EQ(log.news(0).incomplete, (Ranges{{1, 2}, {5, 7}, {9, 9}}));
  log.add_incomplete({2, 8});
  EXPECT_EQ(log.news(0).incomplete, (Ranges{{1, 9}}));
  EXPECT_EQ(log.news(9).incomplete, Ranges());
}

TEST(LogProgress, ForgetsTheLowestLossesAndEverythingBelow) {
  LogProgress log(7, StreamClass::tokens);
  for (std::uint64_t i = 1; i <= LogProgress::ranges_max + 1; ++i) log.add_incomplete({2 * i, 2 * i});
  log.settle(10'000);
  EXPECT_EQ(log.forgotten(), 2U);
  EXPECT_EQ(log.stability(1), Stability::unknown);
  EXPECT_EQ(log.stability(2), Stability::unknown);
  EXPECT_EQ(log.stability(3), Stability::yes);
  EXPECT_EQ(log.stability(4), Stability::no);
  EXPECT_EQ(log.news(0).after, 2U);
  EXPECT_EQ(log.news(0).incomplete.size(), LogProgress::ranges_max);
}

TEST(LogProgress, AReceiverThatMissedNewsSaysUnknownForThem) {
  LogProgress heard(7, StreamClass::tokens);
  heard.add({.log = 7, .after = 0, .settled = 5});
  heard.add({.log = 7, .after = 8, .settled = 10, .incomplete = {{9, 9}}});
  EXPECT_EQ(heard.stability(5), Stability::unknown);
  EXPECT_EQ(heard.stability(8), Stability::unknown);
  EXPECT_EQ(heard.stability(9), Stability::no);
  EXPECT_EQ(heard.stability(10), Stability::yes);
}

/// A receiver hears the news of a log on connections that break, some news more than once, and from far behind.
TEST(LogProgressLong, WhatAReceiverSaysIsTrueAndUnknownOnlyIfTheSenderForgot) {
  for_each_seed(1, 2000, [](std::uint64_t seed) {
    Random random(seed);
    LogProgress sender(7, StreamClass::tokens);
    LogProgress receiver(7, StreamClass::tokens);
    std::set<std::uint64_t> lost;
    std::set<std::uint64_t> open;
    std::uint64_t head = 0;
    std::uint64_t told = 0;
    const double loss = random.chance(0.5) ? 0.05 : 0.5;
    for (int step = 0; step < 3000; ++step) {
      if (random.chance(0.5)) open.insert(++head);
      if (!open.empty() && random.chance(0.5)) {
        const auto one = random.chance(0.7) ? open.begin() : std::prev(open.end());
        if (random.chance(loss)) {
          lost.insert(*one);
          sender.add_incomplete({*one, *one});
        }
        open.erase(one);
        sender.settle(open.empty() ? head : *open.begin() - 1);
      }
      if (random.chance(0.02)) told = 0;  // a new connection
      if (random.chance(0.1)) {
        receiver.add(sender.news(told));
        told = sender.settled();
      }
    }
    receiver.add(sender.news(told));
    for (std::uint64_t position = 1; position <= head; ++position) {
      const Stability said = receiver.stability(position);
      if (said == Stability::yes) {
        EXPECT_FALSE(lost.contains(position) || open.contains(position)) << position;
      } else if (said == Stability::no) {
        EXPECT_TRUE(lost.contains(position)) << position;
      } else if (said == Stability::not_yet) {
        EXPECT_GT(position, sender.settled());
      } else {
        EXPECT_LE(position, std::max(sender.forgotten(), receiver.forgotten()));
        EXPECT_GT(lost.size(), LogProgress::ranges_max) << "or nothing is forgotten";
      }
    }
  });
}

}  // namespace
}  // namespace exocast
