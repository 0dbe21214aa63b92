// SPDX-License-Identifier: Apache-2.0
// What a gather reads from its range, and when.
#include <array>
#include <forward_list>
#include <list>
#include <ranges>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/gather/gather.h"
#include "testing/gather/work.h"
#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::Counted;
using test::reasons;
using test::value_after;
using test::World;
using namespace std::chrono_literals;

/// A single-pass range of 0, 1, 2 … that counts the items pulled from it and throws at a given one.
class Source : public std::ranges::view_interface<Source> {
 public:
  struct Log {
    int pulled = 0;  // items made available: by begin() and by ++
    int read = 0;
    int throw_at_pull = -1;
    int throw_at_read = -1;
  };
  Source(Log& log, int count) : log_(&log), count_(count) {}

  class Iterator {
   public:
    using value_type = int;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;
    Iterator() = default;
    explicit Iterator(Source& source) : source_(&source) { pull(); }
    int operator*() const {
      Log& log = *source_->log_;
      if (log.read == log.throw_at_read) throw std::runtime_error("read");
      ++log.read;
      return source_->current_;
    }
    Iterator& operator++() {
      ++source_->current_;
      pull();
      return *this;
    }
    void operator++(int) { ++*this; }
    bool operator==(std::default_sentinel_t) const { return source_->current_ >= source_->count_; }

   private:
    void pull() {
      Log& log = *source_->log_;
      if (log.pulled == log.throw_at_pull) throw std::runtime_error("pull");
      ++log.pulled;
    }
    Source* source_ = nullptr;
  };

  Iterator begin() { return Iterator(*this); }
  std::default_sentinel_t end() const { return {}; }

 private:
  Log* log_;
  int count_;
  int current_ = 0;
};
static_assert(std::ranges::input_range<Source> && !std::ranges::forward_range<Source>);

TEST(GatherRange, IsPulledOnlyAsPlacesBecomeFree) {
  World world;
  Source::Log log;
  int in_flight = 0;
  int ended = 0;
  const auto each = [&](int i) -> task<int> {
    EXPECT_LE(log.pulled, in_flight + ended + 1);
    ++in_flight;
    co_await sleep_for((i % 5 + 1) * 1ms);
    --in_flight;
    ++ended;
    EXPECT_LE(log.pulled, in_flight + ended + 1);
    co_return i;
  };
  const auto all = world.run(gather(Source(log, 100), each, {.limit = 3}));
  EXPECT_EQ(all->outcomes.size(), 100U);
  EXPECT_TRUE(all->satisfied);
  EXPECT_EQ(log.read, 100) << "each item is read once";
}

TEST(GatherRange, IsNotPulledBeyondWhatThePolicyNeeds) {
  World world;
  Source::Log log;
  const auto all =
      world.run(quorum(3, Source(log, 1'000'000'000), [](int i) { return value_after(1ms, i); }, {.limit = 2}));
  EXPECT_EQ(reasons(*all), "ok ok ok enough_succeeded");
  EXPECT_EQ(log.pulled, 4);
}

TEST(GatherRange, MayBeInfinite) {
  World world;
  const auto all = world.run(race(std::views::iota(0),
                                  [](int i) -> task<std::expected<int, int>> {
                                    co_await yield();
                                    if (i < 1000) co_return std::unexpected(i);
                                    co_return i;
                                  },
                                  {.limit = 10}));
  EXPECT_EQ(all->count(Reason::ok), 1U);
  EXPECT_EQ(*all->outcomes[1000], 1000);
}

TEST(GatherRange, InfiniteAndUnderADeadlineItHasOneOutcomeForEachPulledItem) {
  World world;
  const auto each = [](int i) { return value_after(1ms, i); };
  const auto all = world.run(gather(std::views::iota(0), each, {.limit = 5, .deadline = world.at(10ms + 500us)}));
  EXPECT_EQ(all->count(Reason::ok), 50U);
  EXPECT_EQ(all->count(Reason::timed_out), 5U);
  EXPECT_EQ(all->outcomes.size(), 55U);
  EXPECT_EQ(all->ended, Reason::timed_out);
}

TEST(GatherRange, OfUnknownSizeMayBeEmpty) {
  World world;
  const auto empty = [](auto&& range) { return range | std::views::filter([](int) { return false; }); };
  const std::vector<int> items = {1, 2};
  const auto each = [](int i) { return value_after(1ms, i); };
  EXPECT_TRUE(world.run(gather(empty(items), each))->satisfied);
  const auto lost = world.run(race(empty(items), each));
  EXPECT_EQ(lost->ended, Reason::too_many_failed);
  EXPECT_TRUE(lost->outcomes.empty());
}

TEST(GatherRange, OfUnknownSizeLosesItsQuorumWhenItsEndIsKnown) {
  World world;
  Source::Log log;
  const auto all = world.run(quorum(4, Source(log, 3), [](int i) { return value_after(9ms, i); }));
  EXPECT_EQ(reasons(*all), "too_many_failed too_many_failed too_many_failed");
  EXPECT_EQ(world.elapsed(), 0ms);
}

TEST(GatherRange, MayBeAnyRange) {
  World world;
  const auto size = [&](auto&& range) {
    const auto all =
        world.run(gather(std::forward<decltype(range)>(range), [](auto&&) -> task<void> { co_await yield(); }));
    EXPECT_TRUE(all->satisfied);
    return all->outcomes.size();
  };
  int array[] = {1, 2, 3};
  const std::forward_list<int> unsized = {1, 2};
  std::istringstream words("four words are here");
  EXPECT_EQ(size(array), 3U);
  EXPECT_EQ(size(std::list<int>{1, 2, 3, 4}), 4U);
  EXPECT_EQ(size(unsized), 2U);
  EXPECT_EQ(size(std::vector<bool>(5)), 5U) << "whose items are proxies";
  EXPECT_EQ(size(std::views::istream<std::string>(words)), 4U);
  EXPECT_EQ(size(std::array<int, 3>{} | std::views::transform([](int i) { return std::to_string(i); })), 3U);
  EXPECT_EQ(size(std::views::empty<int>), 0U);
}

/// Gathers from a source that throws while one item is in flight.
void throws_at(Source::Log log, const char* what) {
  World world;
  int alive = 0;
  const auto each = [&](int) -> task<void> {
    const Counted counted(alive);
    co_await until_stopped();
  };
  const auto outcome = world.run(gather(Source(log, 9), each));
  ASSERT_EQ(outcome.reason(), Reason::error) << what;
  try {
    std::rethrow_exception(outcome.exception());
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), what);
  }
  EXPECT_EQ(alive, 0) << "who was in flight was stopped";
  EXPECT_EQ(world.elapsed(), 0ms);
}

TEST(GatherRange, ThatThrowsEndsTheGatherWithThatException) {
  throws_at({.throw_at_pull = 0}, "pull");
  throws_at({.throw_at_pull = 2}, "pull");
}

TEST(GatherRange, AnItemThatCannotBeReadIsAFailureOfThatItem) {
  World world;
  Source::Log log{.throw_at_read = 1};
  const auto each = [&log](int i) {
    if (log.read == 1) log.throw_at_read = 1;
    return value_after(1ms, i);
  };
  const auto reset = [&log](std::size_t, const auto& outcome) noexcept {
    if (!outcome.ok()) log.throw_at_read = -1;
  };
  const auto all = world.run(gather(Source(log, 4), each, {}, reset));
  EXPECT_EQ(reasons(*all), "ok error ok ok");
}

TEST(GatherRange, ThatThrowsStillWaitsForWhoIsSlowToStop) {
  World world;
  int alive = 0;
  Source::Log log{.throw_at_pull = 2};
  const auto each = [&](int) -> task<void> {
    const Counted counted(alive);
    co_await test::Stubborn(world.at(5ms));
  };
  const auto outcome = world.run(gather(Source(log, 9), each));
  EXPECT_NE(outcome.exception(), nullptr);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(world.elapsed(), 5ms);
}

TEST(GatherRange, ThatGrowsMeanwhileIsTakenUpToItsFirstSize) {
  World world;
  std::list<int> items = {1, 2, 3};
  const auto each = [&](int i) {
    if (items.size() < 10) items.push_back(4);
    return value_after(1ms, i);
  };
  const auto all = world.run(gather(items, each, {.limit = 1}));
  EXPECT_EQ(reasons(*all), "ok ok ok");
}

TEST(GatherRange, ThatShrinksMeanwhileLeavesTheRestNotStarted) {
  World world;
  std::list<int> items = {1, 2, 3};
  const auto each = [&](int i) {
    if (items.size() > 2) items.pop_back();
    return value_after(1ms, i);
  };
  const auto all = world.run(gather(items, each, {.limit = 1}));
  EXPECT_EQ(reasons(*all), "ok ok not_started");
}

}  // namespace
}  // namespace exocast
