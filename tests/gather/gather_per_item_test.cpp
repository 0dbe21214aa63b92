// SPDX-License-Identifier: Apache-2.0
// options.per_item: the timeout of each item, from its start.
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/gather/gather.h"
#include "testing/gather/work.h"
#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::after;
using test::after_in_two_steps;
using test::Counted;
using test::never;
using test::reasons;
using test::Stubborn;
using test::WindDown;
using test::World;
using namespace std::chrono_literals;

using Delays = std::vector<Duration>;

TEST(PerItem, EachHasItsOwnTimeFromItsStart) {
  World world;
  const auto all =
      world.run(gather(Delays{4ms, never, 4ms, 6ms, 1ms}, after, {.limit = 1, .per_item = 5ms, .parked = 0}));
  EXPECT_EQ(reasons(*all), "ok timed_out ok timed_out ok");
  EXPECT_EQ(all->ended, Reason::ok) << "every item was settled";
  EXPECT_FALSE(all->satisfied);
  EXPECT_EQ(world.elapsed(), 4ms + 5ms + 4ms + 5ms + 1ms);
}

TEST(PerItem, ACompletionAtTheSameTickWins) {
  for (const auto& each : {after, after_in_two_steps}) {
    World world;
    const auto all = world.run(gather(Delays(100, 10ms), each, {.limit = 7, .per_item = 10ms}));
    EXPECT_EQ(all->count(Reason::ok), 100U);
  }
}

TEST(PerItem, TheWholesDeadlineEndsItEarlier) {
  World world;
  const auto all = world.run(gather(Delays{never, 1ms}, after, {.deadline = world.at(3ms), .per_item = 5ms}));
  EXPECT_EQ(reasons(*all), "timed_out ok");
  EXPECT_EQ(all->ended, Reason::timed_out);
  EXPECT_EQ(world.elapsed(), 3ms);
}

TEST(PerItem, OfNoTimeLetsOnlyWhatEndsInTheSameTurnSucceed) {
  World world;
  const auto each = [](Duration delay) -> task<void> {
    if (delay > 0ms) co_await sleep_for(delay);
  };
  const auto all = world.run(gather(Delays{0ms, 1ms, 0ms, never}, each, {.per_item = 0ms}));
  EXPECT_EQ(reasons(*all), "ok timed_out ok timed_out");
  EXPECT_EQ(world.elapsed(), 0ms);
}

TEST(PerItem, TooLongToRepresentIsNoBound) {
  World world;
  const auto all = world.run(gather(Delays{std::chrono::hours(10)}, after, {.per_item = Duration::max() - 1ns}));
  EXPECT_TRUE(all->satisfied);
}

TEST(PerItem, AValueThatComesAfterTheTimeOutStillCounts) {
  World world;
  const auto each = [&](Duration until) -> task<int> {
    co_await Stubborn(world.at(until));
    co_return 1;
  };
  const auto all = world.run(gather(Delays{3ms, 9ms}, each, {.per_item = 5ms}));
  EXPECT_EQ(reasons(*all), "ok ok") << "it was asked to stop and came with a value instead";
  EXPECT_EQ(world.elapsed(), 9ms);
}

TEST(PerItem, AnErrorThatComesAfterTheTimeOutIsTakenForItsConsequence) {
  World world;
  const auto each = [&](Duration until) -> task<int> {
    co_await Stubborn(world.at(until));
    throw std::runtime_error("cancelled by the deadline");
  };
  EXPECT_EQ(reasons(*world.run(gather(Delays{3ms, 9ms}, each, {.per_item = 5ms}))), "error timed_out");
}

TEST(PerItem, ATimedOutItemKeepsItsSlotUntilItHasStopped) {
  World world;
  int in_flight = 0;
  const auto each = [&](Duration winding_down) -> task<void> {
    const Counted counted(in_flight);
    EXPECT_EQ(in_flight, 1);
    co_await WindDown(Deadline::never(), winding_down);
  };
  const auto all = world.run(gather(Delays{7ms, 1ms}, each, {.limit = 1, .per_item = 5ms, .parked = 0}));
  EXPECT_EQ(reasons(*all), "timed_out timed_out");
  EXPECT_EQ(world.elapsed(), 5ms + 7ms + 5ms + 1ms);
}

TEST(PerItem, AnItemStartedInTheTurnInWhichAllOthersTimedOutHasItsTimeToo) {
  World world;
  // The first two ignore their timeout at 10 ms. The second then ends in the same turn, and the third takes its place.
  int started = 0;
  const auto each = [&](Duration) -> task<void> {
    const int number = started++;
    if (number == 0) co_await Stubborn(world.at(100ms));
    if (number == 1) {
      co_await Stubborn(world.at(10ms));
      for (int i = 0; i < 5; ++i) co_await Stubborn(world.at(10ms));  // each one turn later, at the same time
    }
    if (number == 2) co_await until_stopped();
  };
  Duration told{};
  const auto tell = [&](std::size_t index, const auto&) noexcept {
    if (index == 2) told = world.elapsed();
  };
  const auto all = world.run(gather(Delays(3), each, {.limit = 2, .per_item = 10ms, .parked = 0}, tell));
  EXPECT_EQ(reasons(*all), "ok ok timed_out");
  EXPECT_EQ(told, 20ms);
}

TEST(PerItem, TheReasonOfOneItemIsNotLeftToTheNextInItsPlace) {
  World world;
  int started = 0;
  const auto each = [&](Duration) -> task<void> {
    if (started++ == 0) co_await until_stopped();
    (co_await this_context()).stop->request();  // the item's own request
    co_await until_stopped();
  };
  const auto all = world.run(gather(Delays(2), each, {.limit = 1, .per_item = 5ms, .parked = 0}));
  EXPECT_EQ(reasons(*all), "timed_out cancelled");
}

}  // namespace
}  // namespace exocast
