// SPDX-License-Identifier: Apache-2.0
// Shared behaviour of gather, join, race and quorum. The rest: gather_*_test.cpp.
#include "exocast/gather/gather.h"

#include <expected>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "testing/gather/work.h"
#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::Counted;
using test::reasons;
using test::StackUse;
using test::value_after;
using test::World;
using namespace std::chrono_literals;

std::vector<int> numbers(int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

task<int> at_once(int value) { co_return value; }

TEST(Gather, TakesAsLongAsTheSlowestNotTheSum) {
  World world;
  const auto all = world.run(gather(numbers(50), [](int i) { return value_after(i * 1ms, i); }));
  EXPECT_EQ(all->count(Reason::ok), 50U);
  EXPECT_EQ(world.elapsed(), 49ms);
}

TEST(Gather, SettlesAllWhateverFails) {
  World world;
  const auto each = [](int i) -> task<std::expected<int, std::string>> {
    co_await sleep_for(i * 1ms);
    if (i % 3 == 1) co_return std::unexpected("error " + std::to_string(i));
    if (i % 3 == 2) throw std::runtime_error("thrown");
    co_return i;
  };
  const auto all = world.run(gather(numbers(6), each));
  EXPECT_EQ(reasons(*all), "ok error error ok error error");
  EXPECT_EQ(*all->outcomes[4].error(), "error 4") << "the original one";
  EXPECT_THROW(std::rethrow_exception(all->outcomes[5].exception()), std::runtime_error);
  EXPECT_EQ(all->ended, Reason::ok) << "every item was settled";
  EXPECT_FALSE(all->satisfied);
}

TEST(Gather, ResultsAreInTheOrderOfTheItems) {
  World world;
  const auto all = world.run(gather(numbers(20), [](int i) { return value_after((20 - i) * 1ms, i * i); }));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(*all->outcomes[static_cast<std::size_t>(i)], i * i);
}

TEST(Gather, CountsOutcomesByReason) {
  World world;
  const auto each = [](int i) -> task<int> {
    if (i == 0) return skip;
    if (i < 3) throw std::runtime_error("callable");
    return at_once(i);
  };
  const auto all = world.run(gather(numbers(7), each));
  EXPECT_EQ(all->count(Reason::skipped), 1U);
  EXPECT_EQ(all->count(Reason::error), 2U);
  EXPECT_EQ(all->count(Reason::ok), 4U);
  EXPECT_EQ(std::accumulate(all->counts.begin(), all->counts.end(), std::size_t{0}), 7U);
}

TEST(Gather, OfNothingEndsAtOnceAndIsSatisfied) {
  World world;
  const auto all = world.run(gather(std::vector<int>(), at_once));
  EXPECT_TRUE(all->outcomes.empty());
  EXPECT_EQ(all->ended, Reason::ok);
  EXPECT_TRUE(all->satisfied);
}

TEST(Gather, AnItemMayBeSkipped) {
  World world;
  const auto all = world.run(gather(numbers(4), [](int i) -> task<int> {
    if (i % 2 == 1) return skip;
    return value_after(1ms, i);
  }));
  EXPECT_EQ(reasons(*all), "ok skipped ok skipped");
  EXPECT_TRUE(all->satisfied) << "what is skipped need not succeed";
}

TEST(Gather, ACallableThatThrowsFailsThatItemOnly) {
  World world;
  const auto all = world.run(gather(numbers(3), [](int i) -> task<int> {
    if (i == 1) throw std::runtime_error("callable");
    return value_after(1ms, i);
  }));
  EXPECT_EQ(reasons(*all), "ok error ok");
  EXPECT_THROW(std::rethrow_exception(all->outcomes[1].exception()), std::runtime_error);
}

TEST(Gather, TasksOfVoidEndWithUnit) {
  World world;
  const auto all = world.run(gather(numbers(2), [](int) -> task<void> { co_await yield(); }));
  static_assert(std::same_as<decltype(all->outcomes), std::vector<Outcome<Unit>>>);
  EXPECT_EQ(reasons(*all), "ok ok");
}

TEST(Gather, ItemsCallablesAndResultsMayBeOfTypesThatOnlyMove) {
  World world;
  std::vector<std::unique_ptr<int>> items;
  for (int i = 0; i < 3; ++i) items.push_back(std::make_unique<int>(i));
  auto each = [base = std::make_unique<int>(10)](std::unique_ptr<int>& item) -> task<std::unique_ptr<int>> {
    const auto add = [](std::unique_ptr<int> mine, int base) -> task<std::unique_ptr<int>> {
      co_await yield();
      *mine += base;
      co_return std::move(mine);
    };
    return add(std::move(item), *base);
  };
  int told = 0;
  auto on_outcome = [&told, only = std::make_unique<int>(1)](std::size_t, const auto& outcome) noexcept {
    told += *only + **outcome - **outcome;
  };
  auto all = world.run(gather(std::move(items), std::move(each), {}, std::move(on_outcome)));
  EXPECT_EQ(*all->outcomes[2].value(), 12);
  EXPECT_EQ(told, 3);
}

TEST(Gather, ItsArgumentsLiveAsLongAsItIsAwaitedEvenTemporaries) {
  World world;
  const std::string word = "a word that is too long for the small string";
  const auto work = [&]() -> task<std::size_t> {
    auto all = gather(std::vector<std::string>(3, word), [copy = word](const std::string& item) -> task<std::size_t> {
      return [](const std::string& a, const std::string& b) -> task<std::size_t> {
        co_await sleep_for(1ms);
        co_return a.size() + b.size();
      }(item, copy);
    });
    co_await sleep_for(5ms);
    const auto gathered = co_await std::move(all);
    co_return *gathered.outcomes[0] + *gathered.outcomes[2];
  };
  EXPECT_EQ(*world.run(work()), 4 * word.size());
}

TEST(Gather, AnLvalueRangeIsReferredTo) {
  World world;
  std::vector<int> items = {1, 2, 3};
  const auto each = [](int& item) -> task<void> {
    const auto change = [](int& item) -> task<void> {
      co_await yield();
      item *= 10;
    };
    return change(item);
  };
  EXPECT_TRUE(world.run(gather(items, each))->satisfied);
  EXPECT_EQ(items, (std::vector{10, 20, 30}));
}

TEST(Gather, IsLazy) {
  int called = 0;
  {
    const auto never = gather(numbers(3), [&](int i) {
      ++called;
      return at_once(i);
    });
  }
  EXPECT_EQ(called, 0);
}

TEST(Gather, AChildKnowsTheSchedulerAndTheScopeOfTheAwaitingTask) {
  World world;
  const auto each = [](int) -> task<Context> {
    co_await yield();
    co_return co_await this_context();
  };
  const auto work = [&]() -> task<bool> {
    const Context& mine = co_await this_context();
    const auto all = co_await gather(numbers(2), each);
    co_return all.outcomes[0]->scheduler == mine.scheduler&& all.outcomes[0]->scope ==
        mine.scope&& all.outcomes[0]->stop != mine.stop&& all.outcomes[0]->stop != all.outcomes[1]->stop;
  };
  EXPECT_TRUE(*world.run(work()));
}

TEST(Gather, AMillionSynchronousItemsNeedNoStack) {
  World world;
  StackUse stack;
  const auto each = [&](int i) -> task<int> {
    stack.note();
    co_return i & 1;
  };
  const auto all = world.run(gather(std::views::iota(0, 1'000'000), each, {.limit = 4}));
  EXPECT_EQ(all->count(Reason::ok), 1'000'000U);
  EXPECT_LT(stack.bytes(), 4096U);
}

TEST(Gather, AMillionItemsThatCompleteInOneTurnNeedNoStack) {
  World world;
  StackUse stack;
  const auto each = [&](int i) -> task<int> {
    co_await yield();
    stack.note();
    co_return i;
  };
  const auto all = world.run(gather(std::views::iota(0, 1'000'000), each, {.limit = 100'000}));
  EXPECT_EQ(all->count(Reason::ok), 1'000'000U);
  EXPECT_LT(stack.bytes(), 4096U);
}

TEST(Gather, AHundredThousandGathersOneAfterAnotherNeedNoStack) {
  World world;
  StackUse stack;
  const auto each = [&](int i) -> task<int> {
    stack.note();
    co_return i;
  };
  const auto work = [&]() -> task<std::size_t> {
    std::size_t sum = 0;
    for (int i = 0; i < 100'000; ++i) {
      const auto all = co_await gather(std::views::iota(0, 2), each);
      sum += all.outcomes.size();
    }
    co_return sum;
  };
  EXPECT_EQ(*world.run(work()), 200'000U);
  EXPECT_LT(stack.bytes(), 4096U);
}

TEST(Gather, GathersMayBeNested) {
  World world;
  const auto inner = [](int i) -> task<int> {
    const auto all = co_await gather(numbers(i), [](int k) { return value_after(k * 1ms, k); }, {.limit = 2});
    co_return static_cast<int>(all.count(Reason::ok));
  };
  const auto all = world.run(gather(numbers(10), inner, {.limit = 3}));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(*all->outcomes[static_cast<std::size_t>(i)], i);
}

TEST(Gather, MaySpawnAndAwaitEverythingATaskMay) {
  World world;
  Event go;
  const auto each = [&](int i) -> task<int> {
    if (i == 0) {
      co_await sleep_for(3ms);
      go.set();
    }
    co_await go.wait();
    co_return co_await at_once(i);
  };
  const auto all = world.run(gather(numbers(5), each));
  EXPECT_EQ(all->count(Reason::ok), 5U);
  EXPECT_EQ(world.elapsed(), 3ms);
}

TEST(Gather, DestroysEachTaskWhenItEnds) {
  World world;
  int alive = 0;
  int most = 0;
  const auto each = [&](int) -> task<void> {
    const Counted counted(alive);
    most = std::max(most, alive);
    co_await yield();
  };
  EXPECT_TRUE(world.run(gather(numbers(1000), each, {.limit = 8}))->satisfied);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(most, 8);
}

}  // namespace
}  // namespace exocast
