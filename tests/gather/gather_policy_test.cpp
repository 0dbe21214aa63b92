// SPDX-License-Identifier: Apache-2.0
// join, race and quorum: which item's end stops which others, and the reasons in their outcomes.
#include <expected>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/gather/gather.h"
#include "testing/gather/work.h"
#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::never;
using test::reasons;
using test::Stubborn;
using test::World;
using namespace std::chrono_literals;

/// An item: succeeds or fails after a delay, or hangs.
struct Item {
  Duration delay;
  bool good = true;
};
using Items = std::vector<Item>;

task<std::expected<Duration, std::string>> work(Item item) {
  co_await sleep_for(item.delay);
  if (!item.good) co_return std::unexpected("failed");
  co_return item.delay;
}
constexpr auto each = [](const Item& item) { return work(item); };

TEST(Join, SucceedsWhenAllDo) {
  World world;
  const auto all = world.run(join(Items{{3ms}, {1ms}, {2ms}}, each));
  EXPECT_EQ(reasons(*all), "ok ok ok");
  EXPECT_EQ(all->ended, Reason::ok);
  EXPECT_TRUE(all->satisfied);
  EXPECT_EQ(world.elapsed(), 3ms);
}

TEST(Join, TheFirstFailureCancelsTheRest) {
  World world;
  const auto all = world.run(join(Items{{1ms}, {2ms, false}, {5ms}, {9ms}, {9ms}}, each, {.limit = 4}));
  EXPECT_EQ(reasons(*all), "ok error too_many_failed too_many_failed too_many_failed");
  EXPECT_EQ(*all->outcomes[1].error(), "failed") << "the root cause is not hidden";
  EXPECT_EQ(all->ended, Reason::too_many_failed);
  EXPECT_FALSE(all->satisfied);
  EXPECT_EQ(world.elapsed(), 2ms);
}

TEST(Join, WhatHadNotStartedSaysSo) {
  World world;
  const auto all = world.run(join(Items{{1ms, false}, {5ms}, {9ms}, {9ms}}, each, {.limit = 2}));
  EXPECT_EQ(reasons(*all), "error too_many_failed not_started not_started");
}

TEST(Join, OfNothingIsSatisfied) {
  World world;
  EXPECT_TRUE(world.run(join(Items(), each))->satisfied);
}

TEST(Join, AThrowingCallableIsAFailure) {
  World world;
  const auto throws = [](const Item& item) -> task<int> {
    if (!item.good) throw std::runtime_error("callable");
    return [](Duration delay) -> task<int> {
      co_await sleep_for(delay);
      co_return 1;
    }(item.delay);
  };
  const auto all = world.run(join(Items{{1ms}, {1ms, false}, {1ms}}, throws));
  EXPECT_EQ(reasons(*all), "too_many_failed error not_started");
}

TEST(Join, ToleratesAsManyFailuresAsItIsTold) {
  const Items items = {{1ms, false}, {2ms, false}, {3ms, false}, {4ms}, {never}};
  World world;
  const auto two = world.run(join(items, each, {.tolerated = 2}));
  EXPECT_EQ(reasons(*two), "error error error too_many_failed too_many_failed");
  EXPECT_FALSE(two->satisfied);
  World other;
  const auto three = other.run(join(items, each, {.per_item = 10ms, .tolerated = 4}));
  EXPECT_EQ(reasons(*three), "error error error ok timed_out");
  EXPECT_EQ(three->ended, Reason::ok);
  EXPECT_TRUE(three->satisfied) << "a time-out is a failure, and four are tolerated";
}

TEST(Gather, TolerationOnlyChangesWhetherItIsSatisfied) {
  const Items items = {{1ms, false}, {2ms}, {3ms, false}};
  for (const std::size_t tolerated : {0U, 1U, 2U, 3U}) {
    World world;
    const auto all = world.run(gather(items, each, {.tolerated = tolerated}));
    EXPECT_EQ(reasons(*all), "error ok error");
    EXPECT_EQ(all->ended, Reason::ok);
    EXPECT_EQ(all->satisfied, tolerated >= 2);
  }
}

TEST(Race, TheFirstSuccessCancelsTheRest) {
  World world;
  const auto all = world.run(race(Items{{1ms, false}, {5ms}, {2ms}, {never}}, each));
  EXPECT_EQ(reasons(*all), "error enough_succeeded ok enough_succeeded");
  EXPECT_EQ(all->ended, Reason::enough_succeeded);
  EXPECT_TRUE(all->satisfied);
  EXPECT_EQ(world.elapsed(), 2ms);
}

TEST(Race, IsLostWhenAllFail) {
  World world;
  const auto all = world.run(race(Items{{1ms, false}, {2ms, false}}, each));
  EXPECT_EQ(reasons(*all), "error error");
  EXPECT_EQ(all->ended, Reason::too_many_failed);
  EXPECT_FALSE(all->satisfied);
}

TEST(Race, OverNothingIsLost) {
  World world;
  const auto all = world.run(race(Items(), each));
  EXPECT_EQ(all->ended, Reason::too_many_failed);
  EXPECT_FALSE(all->satisfied);
}

TEST(Race, UnderALimitItGoesOnToTheNextWhenOneFails) {
  World world;
  const auto all = world.run(race(Items{{1ms, false}, {1ms, false}, {1ms}, {1ms}}, each, {.limit = 1}));
  EXPECT_EQ(reasons(*all), "error error ok not_started");
  EXPECT_EQ(world.elapsed(), 3ms);
}

TEST(Race, ASynchronousSuccessStartsNoOther) {
  World world;
  int started = 0;
  const auto at_once = [&](const Item&) -> task<int> {
    ++started;
    co_return 1;
  };
  const auto all = world.run(race(Items(5), at_once));
  EXPECT_EQ(reasons(*all), "ok not_started not_started not_started not_started");
  EXPECT_EQ(started, 1);
}

TEST(Race, ToleratedFailuresBoundIt) {
  World world;
  const Items items = {{1ms, false}, {2ms, false}, {3ms}, {9ms}};
  const auto all = world.run(race(items, each, {.tolerated = 1}));
  EXPECT_EQ(reasons(*all), "error error too_many_failed too_many_failed");
  EXPECT_FALSE(all->satisfied);
}

TEST(Quorum, TheFirstKSuccessesCancelTheRest) {
  World world;
  const auto all = world.run(quorum(2, Items{{4ms}, {1ms}, {2ms, false}, {3ms}, {never}}, each));
  EXPECT_EQ(reasons(*all), "enough_succeeded ok error ok enough_succeeded");
  EXPECT_EQ(all->ended, Reason::enough_succeeded);
  EXPECT_TRUE(all->satisfied);
  EXPECT_EQ(world.elapsed(), 3ms);
}

TEST(Quorum, IsLostOnceItIsOutOfReach) {
  World world;
  const auto all = world.run(quorum(3, Items{{1ms, false}, {2ms, false}, {9ms}, {9ms}}, each));
  EXPECT_EQ(reasons(*all), "error error too_many_failed too_many_failed");
  EXPECT_EQ(all->ended, Reason::too_many_failed);
  EXPECT_EQ(world.elapsed(), 2ms);
}

TEST(Quorum, LargerThanTheRangeStartsNothing) {
  World world;
  int called = 0;
  const auto all = world.run(quorum(4, Items(3), [&](const Item& item) {
    ++called;
    return work(item);
  }));
  EXPECT_EQ(called, 0);
  EXPECT_EQ(reasons(*all), "not_started not_started not_started");
  EXPECT_EQ(all->ended, Reason::too_many_failed);
  EXPECT_FALSE(all->satisfied);
}

TEST(Quorum, OfNoneStartsNothingAndIsSatisfied) {
  World world;
  const auto all = world.run(quorum(0, Items(2), each));
  EXPECT_EQ(reasons(*all), "not_started not_started");
  EXPECT_EQ(all->ended, Reason::enough_succeeded);
  EXPECT_TRUE(all->satisfied);
}

TEST(Quorum, OfAllIsReachedByAll) {
  World world;
  const auto all = world.run(quorum(3, Items{{1ms}, {2ms}, {3ms}}, each));
  EXPECT_EQ(reasons(*all), "ok ok ok");
  EXPECT_TRUE(all->satisfied);
}

TEST(Quorum, SkippedItemsPutItOutOfReach) {
  World world;
  const auto skips = [](const Item& item) -> task<std::expected<Duration, std::string>> {
    if (!item.good) return skip;
    return work(item);
  };
  const auto all = world.run(quorum(2, Items{{5ms}, {1ms, false}, {1ms, false}}, skips));
  EXPECT_EQ(reasons(*all), "too_many_failed skipped skipped");
}

TEST(Quorum, AValueThatComesAfterTheStopStillCounts) {
  World world;
  const auto late = [&](const Item& item) -> task<int> {
    if (item.delay == never) {
      co_await Stubborn(world.at(7ms));
    } else {
      co_await sleep_for(item.delay);
    }
    co_return 1;
  };
  const auto all = world.run(race(Items{{1ms}, {never}, {9ms}}, late));
  EXPECT_EQ(reasons(*all), "ok ok enough_succeeded");
  EXPECT_EQ(world.elapsed(), 7ms) << "who is cancelled is waited for";
}

TEST(Quorum, AnErrorThatComesAfterTheStopIsTakenForItsConsequence) {
  World world;
  const auto late = [&](const Item& item) -> task<std::expected<int, int>> {
    if (item.good) co_return 1;
    co_await Stubborn(world.at(7ms));
    co_return std::unexpected(5);
  };
  const auto all = world.run(race(Items{{1ms, false}, {1ms}}, late));
  EXPECT_EQ(reasons(*all), "enough_succeeded ok");
}

TEST(Quorum, WhatFailsAfterEnoughHaveSucceededChangesNothing) {
  World world;
  // Both time out at 8 ms. The first winds down until 28 ms; the second succeeds at 12 ms.
  const auto slow_to_stop = [&](const Item& item) -> task<int> {
    if (item.good) {
      co_await Stubborn(world.at(12ms));
    } else {
      co_await test::WindDown(Deadline::never(), 20ms);
    }
    co_return 1;
  };
  const Items items = {{never, false}, {never, true}};
  const auto won = world.run(race(items, slow_to_stop, {.per_item = 8ms, .tolerated = 0}));
  EXPECT_EQ(reasons(*won), "timed_out ok");
  EXPECT_EQ(won->ended, Reason::enough_succeeded);
  EXPECT_TRUE(won->satisfied) << "why it ended and whether it is satisfied agree";
  EXPECT_EQ(world.elapsed(), 28ms);
}

}  // namespace
}  // namespace exocast
