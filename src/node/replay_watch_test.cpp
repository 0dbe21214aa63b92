// SPDX-License-Identifier: Apache-2.0
// What a watcher sees of what peers have kept, and of what arrives meanwhile.
#include "node/replay_watch.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "testing/for_each_seed.h"
#include "testing/node/numbered.h"

namespace exocast {
namespace {

using testing::ElementsAre;

Origin origin_of(std::uint64_t log, std::uint64_t position, StreamClass of = StreamClass::tokens) {
  return {.log = log, .position = position, .stream_class = of};
}
Replayed kept(const Origin& origin) { return {numbered(0), origin}; }
WatchedMessage live(const Origin& origin) { return {.message = numbered(0), .origin = origin}; }

/// "1:5r": position 5 of log 1, replayed.
std::vector<std::string> words(const std::vector<WatchedMessage>& messages) {
  std::vector<std::string> all;
  for (const WatchedMessage& one : messages) {
    all.push_back(std::to_string(one.origin.log) + ":" + std::to_string(one.origin.position) +
                  (one.replayed ? "r" : ""));
  }
  return all;
}

TEST(ReplayWatch, TheReplayComesFirstAndWhatIsInBothComesOnce) {
  ReplayWatch watch;
  watch.add({kept(origin_of(1, 3)), kept(origin_of(1, 4)), kept(origin_of(1, 5))});
  EXPECT_THAT(words(watch.merge({live(origin_of(1, 5)), live(origin_of(1, 6))})),
              ElementsAre("1:3r", "1:4r", "1:5r", "1:6"));
}

TEST(ReplayWatch, WhatArrivesLaterIsShownOnlyIfItWasNotReplayed) {
  ReplayWatch watch;
  watch.add({kept(origin_of(1, 3)), kept(origin_of(1, 5))});
  watch.merge({});
  EXPECT_TRUE(watch.has(origin_of(1, 5)));
  EXPECT_FALSE(watch.has(origin_of(1, 4)));
  EXPECT_FALSE(watch.has(origin_of(1, 5, StreamClass::bulk)));
  EXPECT_FALSE(watch.has(origin_of(2, 5)));
  EXPECT_FALSE(watch.has({})) << "its origin is not known";
}

TEST(ReplayWatch, AMessageThatArrivedAndIsOlderThanTheReplayComesBeforeIt) {
  ReplayWatch watch;
  watch.add({kept(origin_of(1, 7)), kept(origin_of(1, 8))});
  EXPECT_THAT(
      words(watch.merge({live(origin_of(1, 6)), live(origin_of(1, 7)), live(origin_of(1, 8)), live(origin_of(1, 9))})),
      ElementsAre("1:6", "1:7r", "1:8r", "1:9"));
}

TEST(ReplayWatch, OtherSendersAndUnknownOnesKeepTheirOrder) {
  ReplayWatch watch;
  watch.add({kept(origin_of(2, 1))});
  EXPECT_THAT(words(watch.merge({live(origin_of(9, 4)), live({}), live(origin_of(1, 1)), live(origin_of(9, 5))})),
              ElementsAre("2:1r", "9:4", "0:0", "1:1", "9:5"));
}

TEST(ReplayWatch, APeerWithTwoIdsIsReplayedOnce) {
  ReplayWatch watch;
  watch.add({kept(origin_of(1, 1)), kept(origin_of(1, 2))});
  watch.add({kept(origin_of(1, 1)), kept(origin_of(1, 2)), kept(origin_of(1, 3))});
  EXPECT_THAT(words(watch.merge({})), ElementsAre("1:1r", "1:2r", "1:3r"));
}

TEST(ReplayWatch, WhateverIsKeptAndArrivesEachIsShownOnceAndInOrder) {
  for_each_seed(1, 200, [](std::uint64_t seed) {
    Random random(seed);
    ReplayWatch watch;
    std::set<std::pair<std::uint64_t, std::uint64_t>> all;
    std::vector<WatchedMessage> arrived;
    for (std::uint64_t log = 1; log <= 3; ++log) {
      const std::uint64_t kept_from = 1 + random() % 10;
      const std::uint64_t arrives_from = 1 + random() % 10;
      std::vector<Replayed> replayed;
      for (std::uint64_t position = kept_from; position <= 8; ++position)
        replayed.push_back(kept(origin_of(log, position)));
      for (std::uint64_t position = arrives_from; position <= 10; ++position) {
        arrived.push_back(live(origin_of(log, position)));
      }
      for (std::uint64_t position = 1; position <= 10; ++position) {
        if (position >= arrives_from || (position >= kept_from && position <= 8)) all.emplace(log, position);
      }
      watch.add(std::move(replayed));
    }
    // Those of one sender arrive in order, whatever the others do.
    std::vector<WatchedMessage> mixed;
    while (!arrived.empty()) {
      const std::uint64_t log = arrived[random() % arrived.size()].origin.log;
      const auto next = std::ranges::find(arrived, log, [](const WatchedMessage& one) { return one.origin.log; });
      mixed.push_back(*next);
      arrived.erase(next);
    }
    const std::size_t at_hand = random() % (mixed.size() + 1);
    std::vector<WatchedMessage> shown = watch.merge({mixed.begin(), mixed.begin() + static_cast<long>(at_hand)});
    for (std::size_t i = at_hand; i < mixed.size(); ++i) {
      if (!watch.has(mixed[i].origin)) shown.push_back(mixed[i]);
    }
    std::set<std::pair<std::uint64_t, std::uint64_t>> seen;
    for (const WatchedMessage& one : shown) {
      ASSERT_TRUE(seen.emplace(one.origin.log, one.origin.position).second) << "twice";
    }
    ASSERT_EQ(seen, all);
    if (at_hand < mixed.size()) return;  // what arrives later than the replay may be older
    for (std::uint64_t log = 1; log <= 3; ++log) {
      std::uint64_t before = 0;
      for (const WatchedMessage& one : shown) {
        if (one.origin.log != log) continue;
        ASSERT_GT(one.origin.position, std::exchange(before, one.origin.position));
      }
    }
  });
}

}  // namespace
}  // namespace exocast
