// SPDX-License-Identifier: Apache-2.0
// The two bounds, limit and parked, and fairness: hung items must not hold the slots that healthy ones wait for.
#include <algorithm>
#include <random>
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

using Delays = std::vector<Duration>;

/// Sleeps for the given time, and counts the items in flight: all, and those too young to be parked, which must be
/// active.
struct Account {
  explicit Account(World& world) : world(world) {}

  task<void> operator()(Duration delay) {
    started.push_back(world.loop.now());
    const std::size_t mine = started.size() - 1;
    const test::AtEnd end([this, mine] { started[mine] = TimePoint::max(); });
    most = std::max(most, in_flight());
    most_active = std::max(most_active, young());
    co_await sleep_for(delay);
    ++completed;
  }
  std::size_t in_flight() const {
    return static_cast<std::size_t>(std::ranges::count_if(started, [](TimePoint t) { return t != TimePoint::max(); }));
  }
  std::size_t young() const {
    const TimePoint now = world.loop.now();
    return static_cast<std::size_t>(std::ranges::count_if(
        started, [now](TimePoint t) { return t != TimePoint::max() && now - t < ParkDelay::least; }));
  }

  World& world;
  std::vector<TimePoint> started;
  std::size_t completed = 0;
  std::size_t most = 0;
  std::size_t most_active = 0;
};

struct Measured {
  Duration elapsed;  // until the last healthy item ends
  std::size_t most;
  std::size_t most_active;
};

/// `hung` items first, then healthy ones.
Measured measure(std::size_t hung, Delays healthy, GatherOptions options) {
  World world;
  Account account(world);
  Delays items(hung, never);
  items.insert(items.end(), healthy.begin(), healthy.end());
  StopSource stop;
  options.stop = &stop;
  Duration done{};
  const auto tell = [&](std::size_t index, const auto& outcome) noexcept {
    if (index < hung) return;
    EXPECT_TRUE(outcome.ok());
    done = world.elapsed();
    if (account.completed == healthy.size()) stop.request();
  };
  const auto all = world.run(gather(items, std::ref(account), options, tell));
  EXPECT_EQ(all->count(Reason::ok), healthy.size());
  EXPECT_EQ(all->count(Reason::cancelled), hung);
  return {.elapsed = done, .most = account.most, .most_active = account.most_active};
}

TEST(GatherLimit, NeverMoreInFlight) {
  for (const std::size_t limit : {1U, 2U, 7U, 64U, 100U}) {
    World world;
    Account account(world);
    const auto all = world.run(gather(Delays(100, 1ms), std::ref(account), {.limit = limit, .parked = 0}));
    EXPECT_TRUE(all->satisfied);
    EXPECT_EQ(account.most, limit);
    EXPECT_EQ(world.elapsed(), (100 + limit - 1) / limit * 1ms);
  }
}

TEST(GatherLimit, NoneStartsAllAtOnce) {
  World world;
  Account account(world);
  EXPECT_TRUE(world.run(gather(Delays(1000, 1ms), std::ref(account), {.limit = Limit::none()}))->satisfied);
  EXPECT_EQ(account.most, 1000U);
  EXPECT_EQ(world.elapsed(), 1ms);
}

TEST(GatherLimit, IsSixtyFourUnlessSaid) {
  World world;
  Account account(world);
  EXPECT_TRUE(world.run(gather(Delays(1000, 1ms), std::ref(account)))->satisfied);
  EXPECT_EQ(account.most, 64U);
}

TEST(GatherLimit, WithoutParkingIsStrictAndHungItemsHoldTheirSlots) {
  World world;
  Account account(world);
  Delays items(2, never);
  items.resize(50, 1ms);
  const auto all = world.run(gather(items, std::ref(account), {.limit = 3, .deadline = world.at(10s), .parked = 0}));
  EXPECT_EQ(account.most, 3U);
  EXPECT_EQ(all->count(Reason::ok), 48U);
  EXPECT_EQ(world.elapsed(), 10s);
  World blocked;
  Account none(blocked);
  const auto stuck = blocked.run(gather(items, std::ref(none), {.limit = 2, .deadline = blocked.at(10s), .parked = 0}));
  EXPECT_EQ(stuck->count(Reason::ok), 0U);
  EXPECT_EQ(stuck->count(Reason::not_started), 48U);
}

TEST(GatherFairness, EightHungItemsCostAThousandHealthyOnesLessThanTwiceTheTime) {
  const Delays healthy(1000, 1ms);
  const Measured without = measure(0, healthy, {.limit = 8});
  const Measured with = measure(8, healthy, {.limit = 8});
  EXPECT_EQ(without.elapsed, 125ms);
  EXPECT_LE(with.elapsed, 2 * without.elapsed);
  EXPECT_LE(with.most, 16U) << "limit and parked, parked being as many as limit unless said";
  EXPECT_LE(with.most_active, 8U);
}

TEST(GatherFairness, FewerHungItemsCostAlmostNothing) {
  const Delays healthy(1000, 1ms);
  for (const std::size_t hung : {1U, 2U, 4U, 7U}) {
    const Measured with = measure(hung, healthy, {.limit = 8});
    EXPECT_LE(with.elapsed, 135ms) << hung;
  }
}

TEST(GatherFairness, HungItemsBetweenTheHealthyOnesAreParkedAsQuickly) {
  World world;
  Account account(world);
  Delays items(1000, 1ms);
  for (std::size_t i = 0; i < 8; ++i) items[i * 100 + 50] = never;
  const auto all = world.run(gather(items, std::ref(account), {.limit = 8, .deadline = world.at(160ms)}));
  EXPECT_EQ(all->count(Reason::ok), 992U);
  EXPECT_LE(account.most, 16U);
}

TEST(GatherFairness, ParkedHasAHardBoundOfItsOwn) {
  World world;
  Account account(world);
  Delays items(5, never);
  items.resize(100, 1ms);
  const GatherOptions options = {.limit = 3, .deadline = world.at(10s), .parked = 1};
  const auto all = world.run(gather(items, std::ref(account), options));
  EXPECT_EQ(account.most, 4U);
  EXPECT_EQ(all->count(Reason::timed_out), 4U);
  EXPECT_EQ(all->count(Reason::not_started), 96U) << "a hung one took each slot";
}

TEST(GatherFairness, AParkedItemThatEndsGivesItsPlaceToAnother) {
  World world;
  Account account(world);
  // One slot, one parking place: the next item starts when a slow one is parked, and is itself parked once the place is
  // free.
  const auto all = world.run(gather(Delays(4, 200ms), std::ref(account), {.limit = 1, .parked = 1}));
  EXPECT_TRUE(all->satisfied);
  EXPECT_EQ(account.most, 2U);
  EXPECT_LT(world.elapsed(), 800ms) << "less than one after another";
  EXPECT_GE(world.elapsed(), 400ms) << "two at once at most";
}

TEST(GatherFairness, ParkedItemsStillEndAsAnyOther) {
  World world;
  const auto each = [&](Duration delay) -> task<int> {
    co_await sleep_for(delay);
    if (delay == 300ms) throw std::runtime_error("late");
    co_return 1;
  };
  Delays items = {300ms, 400ms, never};
  items.resize(10, 1ms);
  const auto all = world.run(gather(items, each, {.limit = 3, .per_item = 500ms}));
  EXPECT_EQ(reasons(*all), "error ok timed_out ok ok ok ok ok ok ok");
  EXPECT_EQ(world.elapsed(), 500ms);
}

TEST(GatherFairness, NothingIsParkedWhenNobodyWaits) {
  World world;
  Account account(world);
  const auto all = world.run(gather(Delays(3, 10s), std::ref(account), {.limit = 3, .parked = 3}));
  EXPECT_TRUE(all->satisfied);
  EXPECT_EQ(account.most, 3U);
  EXPECT_EQ(world.elapsed(), 10s);
}

TEST(GatherFairness, AnItemThatTakesASlotForAsLongAsTheOthersIsNotParked) {
  World world;
  Account account(world);
  EXPECT_TRUE(world.run(gather(Delays(100, 10ms), std::ref(account), {.limit = 4, .parked = 4}))->satisfied);
  EXPECT_EQ(account.most, 4U);
}

TEST(GatherFairness, BothBoundsHoldAtEveryInstantWhateverTheItemsTake) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random(seed);
    World world;
    Account account(world);
    const std::size_t limit = 1 + random() % 10;
    const std::size_t parked = random() % 10;
    Delays items(200);
    for (Duration& delay : items) delay = random() % 10 == 0 ? 10s : Duration(random() % 30'000'000);
    const GatherOptions options = {.limit = limit, .deadline = world.at(3s), .parked = parked};
    const auto all = world.run(gather(items, std::ref(account), options));
    ASSERT_LE(account.most, limit + parked) << "seed " << seed;
    ASSERT_LE(account.most_active, limit) << "seed " << seed;
    ASSERT_LE(world.elapsed(), 3s);
  }
}

TEST(GatherFairness, HugeBoundsAreNoProblem) {
  World world;
  const std::size_t most = Limit::none().count();
  const auto each = [](Duration delay) -> task<void> { co_await sleep_for(delay); };
  EXPECT_TRUE(world.run(gather(Delays(9, 1ms), each, {.limit = most - 1, .parked = most - 1}))->satisfied);
  EXPECT_TRUE(world.run(gather(Delays(9, 1ms), each, {.limit = Limit::none(), .parked = most}))->satisfied);
  EXPECT_TRUE(world.run(gather(Delays(9, 1ms), each, {.limit = 1, .parked = most}))->satisfied);
}

}  // namespace
}  // namespace exocast
