// SPDX-License-Identifier: Apache-2.0
// on_outcome: called once for each outcome, as soon as it is final.
#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/gather/gather.h"
#include "testing/gather/work.h"
#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::after;
using test::never;
using test::Stubborn;
using test::World;
using namespace std::chrono_literals;

using Delays = std::vector<Duration>;

/// Records each call: time in ms, index, reason.
struct Log {
  explicit Log(World& world) : world(world) {}
  template <class T, class E>
  void operator()(std::size_t index, const Outcome<T, E>& outcome) noexcept {
    text += std::to_string(world.elapsed() / 1ms) + ':' + std::to_string(index) + ' ' +
            std::string(to_string(outcome.reason())) + '\n';
  }
  World& world;
  std::string text;
};

TEST(OnOutcome, IsToldAsEachItemEnds) {
  World world;
  Log log(world);
  world.run(gather(Delays{3ms, 1ms, 2ms}, after, {}, std::ref(log)));
  EXPECT_EQ(log.text, "1:1 ok\n2:2 ok\n3:0 ok\n");
}

TEST(OnOutcome, IsToldOfEveryReason) {
  World world;
  Log log(world);
  const auto each = [](Duration delay) -> task<Duration> {
    if (delay == 0ms) return skip;
    if (delay < 0ms) throw std::runtime_error("callable");
    return after(delay);
  };
  const GatherOptions options = {.limit = 3, .deadline = world.at(9ms), .per_item = 5ms, .parked = 0};
  world.run(gather(Delays{4ms, 0ms, -1ms, never, 9ms, never, never, never}, each, options, std::ref(log)));
  EXPECT_EQ(
      log.text,
      "0:1 skipped\n0:2 error\n4:0 ok\n5:3 timed_out\n5:4 timed_out\n9:5 timed_out\n9:6 timed_out\n9:7 timed_out\n");
}

TEST(OnOutcome, IsToldOfWhatWasCancelledAndOfWhatHasNotStarted) {
  World world;
  Log log(world);
  world.run(race(Delays{5ms, 2ms, 1ms, 1ms}, after, {.limit = 2, .parked = 0}, std::ref(log)));
  EXPECT_EQ(log.text, "2:1 ok\n2:0 enough_succeeded\n2:2 not_started\n2:3 not_started\n");
}

TEST(OnOutcome, IsToldOfAStragglerAtTheDeadlineAndNotAgain) {
  World world;
  Log log(world);
  const auto each = [&](Duration until) -> task<void> { co_await Stubborn(world.at(until)); };
  world.run(gather(Delays{2ms, 30ms}, each, {.deadline = world.at(9ms)}, std::ref(log)));
  EXPECT_EQ(log.text, "2:0 ok\n9:1 timed_out\n");
  EXPECT_EQ(world.elapsed(), 30ms);
}

TEST(OnOutcome, HasBeenToldAllWhenTheCallerGoesOn) {
  World world;
  Log log(world);
  const auto work = [&]() -> task<std::size_t> {
    co_await gather(Delays(20, 1ms), after, {.limit = 3, .deadline = world.at(4ms)}, std::ref(log));
    co_return static_cast<std::size_t>(std::ranges::count(log.text, '\n'));
  };
  EXPECT_EQ(*world.run(work()), 20U);
}

TEST(OnOutcome, SeesTheValueAndTheError) {
  World world;
  Duration value{};
  std::string error;
  const auto each = [](Duration delay) -> task<std::expected<Duration, std::string>> {
    if (delay == 1ms) co_return std::unexpected("error");
    co_return delay;
  };
  const auto tell = [&](std::size_t, const Outcome<Duration, std::string>& outcome) noexcept {
    if (outcome.ok()) value = *outcome;
    if (outcome.error() != nullptr) error = *outcome.error();
  };
  world.run(gather(Delays{1ms, 2ms}, each, {}, tell));
  EXPECT_EQ(value, 2ms);
  EXPECT_EQ(error, "error");
}

TEST(OnOutcome, MaySpawnAndSetEvents) {
  World world;
  Event first;
  const auto work = [&]() -> task<Duration> {
    Scope& scope = *(co_await this_context()).scope;
    int spawned = 0;
    const auto more = [&]() -> task<void> {
      co_await sleep_for(1ms);
      ++spawned;
    };
    const auto tell = [&](std::size_t, const auto&) noexcept {
      first.set();
      scope.spawn(more());
    };
    const auto watch = [&]() -> task<void> {
      co_await first.wait();
      EXPECT_EQ(world.elapsed(), 1ms);
    };
    scope.spawn(watch());
    co_await gather(Delays{1ms, 2ms, 3ms}, after, {}, tell);
    co_await sleep_for(1ms);
    EXPECT_EQ(spawned, 3);
    co_return world.elapsed();
  };
  EXPECT_EQ(*world.run(work()), 4ms);
}

}  // namespace
}  // namespace exocast
