// SPDX-License-Identifier: Apache-2.0
// The two ways to stop a gather from outside: by stopping the awaiting task, which then does not resume, and by
// options.stop, after which it resumes.
#include <functional>
#include <ranges>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/gather/gather.h"
#include "testing/gather/work.h"
#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::at;
using test::AtEnd;
using test::Counted;
using test::never;
using test::reasons;
using test::sleep;
using test::Stubborn;
using test::WindDown;
using test::World;
using namespace std::chrono_literals;

using Delays = std::vector<Duration>;

/// Runs a task that awaits a gather, in a scope whose stop is requested at 5 ms.
template <class Each, class Tell = detail::NoCallback>
Reason stopped_at_5ms(World& world, Each each, GatherOptions options = {}, Tell tell = {}) {
  Scope scope(world.loop);
  Reason reason = Reason::not_started;
  const auto work = [&]() -> task<void> {
    co_await gather(Delays{1ms, never, 20ms, never}, each, options, tell);
    ADD_FAILURE() << "the caller went on";
  };
  scope.spawn(work(), [&](const Outcome<Unit>& outcome) noexcept { reason = outcome.reason(); });
  Scope other(world.loop);
  other.spawn(at(world.at(5ms), [&] { scope.request_stop(); }));
  while (scope.live() > 0 && world.loop.turn()) {
  }
  return reason;
}

TEST(CallerStop, StopsTheChildrenAndPropagates) {
  World world;
  int alive = 0;
  const auto each = [&](Duration delay) -> task<void> {
    const Counted counted(alive);
    co_await sleep_for(delay);
  };
  EXPECT_EQ(stopped_at_5ms(world, each), Reason::cancelled);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(world.elapsed(), 5ms);
}

TEST(CallerStop, IsToldToOnOutcomeAsTheReasonOfEachItem) {
  World world;
  std::string told;
  const auto tell = [&](std::size_t, const auto& outcome) noexcept {
    told += std::string(to_string(outcome.reason())) + ' ';
  };
  stopped_at_5ms(world, sleep, {.limit = 2, .parked = 0}, tell);
  EXPECT_EQ(told, "ok cancelled cancelled not_started ");
}

TEST(CallerStop, WaitsForChildrenThatWindDown) {
  World world;
  const auto each = [](Duration) -> task<void> { co_await WindDown(Deadline::never(), 7ms); };
  EXPECT_EQ(stopped_at_5ms(world, each), Reason::cancelled);
  EXPECT_EQ(world.elapsed(), 12ms);
}

TEST(CallerStop, WaitsForThemUntilTheDeadlineOnly) {
  World world;
  int alive = 0;
  const auto each = [&](Duration) -> task<void> {
    const Counted counted(alive);
    co_await Stubborn(world.at(50ms));
  };
  Scope scope(world.loop);
  Duration ended{};
  const auto work = [&]() -> task<void> { co_await gather(Delays(3), each, {.deadline = world.at(10ms)}); };
  scope.spawn(work(), [&](const Outcome<Unit>& outcome) noexcept {
    EXPECT_EQ(outcome.reason(), Reason::cancelled);
    ended = world.elapsed();
  });
  scope.request_stop();
  while (scope.live() > 0 && world.loop.turn()) {
    if (ended == 10ms) EXPECT_EQ(scope.live(), static_cast<std::size_t>(alive)) << "the stragglers are the scope's";
  }
  EXPECT_EQ(ended, 10ms);
  EXPECT_EQ(world.elapsed(), 50ms);
}

TEST(CallerStop, BeforeItBeginsStartsNothing) {
  World world;
  Scope scope(world.loop);
  scope.request_stop();
  int called = 0;
  const auto each = [&](Duration delay) {
    ++called;
    return sleep(delay);
  };
  const auto work = [&]() -> task<void> { co_await gather(Delays(3), each); };
  Reason reason = Reason::not_started;
  scope.spawn(work(), [&](const Outcome<Unit>& outcome) noexcept { reason = outcome.reason(); });
  EXPECT_EQ(reason, Reason::cancelled);
  EXPECT_EQ(called, 0);
}

TEST(CallerStop, ReachesGathersOfGathersThreeDeepInnermostFirst) {
  World world;
  Scope scope(world.loop);
  int alive = 0;
  std::string order;
  const auto three = std::views::iota(0, 3);
  const auto leaf = [&](int) -> task<void> {
    const Counted counted(alive);
    const AtEnd end([&] { order += '3'; });
    co_await until_stopped();
  };
  const auto middle = [&](int) -> task<void> {
    const AtEnd end([&] { order += '2'; });
    co_await gather(three, leaf, {.limit = 2, .parked = 0});
  };
  const auto outer = [&](int) -> task<void> {
    const AtEnd end([&] { order += '1'; });
    co_await gather(three, middle);
  };
  const auto work = [&]() -> task<void> { co_await gather(three, outer); };
  Reason reason = Reason::not_started;
  scope.spawn(work(), [&](const Outcome<Unit>& outcome) noexcept { reason = outcome.reason(); });
  EXPECT_EQ(alive, 18);
  scope.request_stop();
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(reason, Reason::cancelled);
  EXPECT_EQ(order, "332332332133233233213323323321");
}

TEST(CallerStop, ADeadlineOfTheOuterGatherStopsTheInnerOnes) {
  World world;
  int alive = 0;
  const auto leaf = [&](int) -> task<void> {
    const Counted counted(alive);
    co_await yield();
    co_await until_stopped();
  };
  const auto inner = [&](int) -> task<int> {
    const auto all = co_await gather(std::views::iota(0, 4), leaf);
    co_return static_cast<int>(all.outcomes.size());
  };
  const auto all = world.run(gather(std::views::iota(0, 3), inner, {.deadline = world.at(5ms)}));
  EXPECT_EQ(reasons(*all), "timed_out timed_out timed_out");
  EXPECT_EQ(alive, 0);
}

TEST(CallerStop, AnInnerStragglerOfAnInnerDeadlineBelongsToTheSameScope) {
  World world;
  const auto stubborn = [&](int) -> task<void> { co_await Stubborn(world.at(50ms)); };
  const auto inner = [&](int) -> task<std::size_t> {
    const auto all = co_await gather(std::views::iota(0, 2), stubborn, {.deadline = world.at(5ms)});
    co_return all.count(Reason::timed_out);
  };
  const auto work = [&]() -> task<void> {
    const auto all = co_await gather(std::views::iota(0, 3), inner);
    EXPECT_EQ(*all.outcomes[2], 2U);
    EXPECT_EQ(world.elapsed(), 5ms);
    EXPECT_EQ((co_await this_context()).scope->live(), 7U);
  };
  EXPECT_TRUE(world.run(work()).ok());
  EXPECT_EQ(world.elapsed(), 50ms);
}

TEST(OptionsStop, EndsItWithWhatWasGathered) {
  World world;
  StopSource stop;
  const auto work = [&]() -> task<std::string> {
    (co_await this_context()).scope->spawn(at(world.at(5ms), [&] { stop.request(); }));
    const auto all = co_await gather(Delays{1ms, never, 20ms, never}, sleep, {.limit = 3, .stop = &stop, .parked = 0});
    EXPECT_EQ(all.ended, Reason::cancelled);
    EXPECT_FALSE(all.satisfied);
    co_return reasons(all);
  };
  EXPECT_EQ(*world.run(work()), "ok cancelled cancelled cancelled");
  EXPECT_EQ(world.elapsed(), 5ms);
}

TEST(OptionsStop, BeforeTheStartStartsNothing) {
  World world;
  StopSource stop;
  stop.request();
  int called = 0;
  const auto each = [&](Duration delay) {
    ++called;
    return sleep(delay);
  };
  const auto all = world.run(gather(Delays(3), each, {.stop = &stop}));
  EXPECT_EQ(called, 0);
  EXPECT_EQ(reasons(*all), "not_started not_started not_started");
  EXPECT_EQ(all->ended, Reason::cancelled);
}

TEST(OptionsStop, ACompletionAtTheSameTickWins) {
  World world;
  StopSource stop;
  const auto work = [&]() -> task<std::string> {
    (co_await this_context()).scope->spawn(at(world.at(5ms), [&] { stop.request(); }));
    co_return reasons(co_await gather(Delays{5ms, 6ms}, sleep, {.stop = &stop}));
  };
  EXPECT_EQ(*world.run(work()), "ok cancelled");
}

TEST(OptionsStop, WaitsForWhoWindsDownButNotPastTheDeadline) {
  World world;
  StopSource stop;
  const auto each = [&](Duration delay) -> task<void> { co_await WindDown(Deadline::never(), delay); };
  const auto work = [&]() -> task<std::string> {
    (co_await this_context()).scope->spawn(at(world.at(5ms), [&] { stop.request(); }));
    const auto all = co_await gather(Delays{1ms, 50ms}, each, {.deadline = world.at(20ms), .stop = &stop});
    EXPECT_EQ(world.elapsed(), 20ms);
    EXPECT_EQ(all.ended, Reason::cancelled) << "that came first";
    co_return reasons(all);
  };
  EXPECT_EQ(*world.run(work()), "cancelled cancelled");
  EXPECT_EQ(world.elapsed(), 55ms);
}

TEST(OptionsStop, InsideOnOutcomeStartsNothingMore) {
  World world;
  StopSource stop;
  const auto tell = [&](std::size_t index, const auto&) noexcept {
    if (index == 1) stop.request();
  };
  const auto all = world.run(gather(Delays{2ms, 1ms, 5ms, 1ms}, sleep, {.limit = 2, .stop = &stop, .parked = 0}, tell));
  EXPECT_EQ(reasons(*all), "cancelled ok not_started not_started");
  EXPECT_EQ(world.elapsed(), 1ms);
}

TEST(OptionsStop, InsideTheCallableItsItemIsNotStarted) {
  World world;
  StopSource stop;
  int called = 0;
  const auto each = [&](Duration delay) {
    if (++called == 3) stop.request();
    return sleep(delay);
  };
  const auto all = world.run(gather(Delays(9, 1ms), each, {.stop = &stop}));
  EXPECT_EQ(called, 3);
  EXPECT_EQ(all->count(Reason::cancelled), 2U);
  EXPECT_EQ(all->count(Reason::not_started), 7U);
}

TEST(OptionsStop, EndsAnInfiniteRangeOfSynchronousItems) {
  World world;
  StopSource stop;
  const auto each = [](int i) -> task<int> { co_return i; };
  const auto tell = [&](std::size_t index, const auto&) noexcept {
    ASSERT_LT(index, 1'000'000U) << "it does not end";
    if (index == 999) stop.request();
  };
  const auto all = world.run(gather(std::views::iota(0), each, {.stop = &stop}, tell));
  EXPECT_EQ(all->count(Reason::ok), 1000U);
  EXPECT_EQ(all->ended, Reason::cancelled);
}

TEST(OptionsStop, MayBeSharedByManyGathersAndOutliveThem) {
  World world;
  StopSource stop;
  const auto one = [&](int) -> task<std::size_t> {
    const auto all = co_await gather(Delays{1ms, never}, sleep, {.stop = &stop});
    co_return all.count(Reason::cancelled);
  };
  const auto work = [&]() -> task<std::size_t> {
    (co_await this_context()).scope->spawn(at(world.at(5ms), [&] { stop.request(); }));
    std::size_t cancelled = 0;
    for (const auto& outcome : (co_await gather(std::views::iota(0, 10), one)).outcomes) cancelled += *outcome;
    co_return cancelled;
  };
  EXPECT_EQ(*world.run(work()), 10U);
}

TEST(OptionsStop, AfterTheEndDoesNothing) {
  World world;
  StopSource stop;
  EXPECT_TRUE(world.run(gather(Delays{1ms}, sleep, {.stop = &stop}))->satisfied);
  stop.request();
  EXPECT_FALSE(world.loop.turn());
}

}  // namespace
}  // namespace exocast
