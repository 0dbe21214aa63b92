// SPDX-License-Identifier: Apache-2.0
#include "testing/sim_loop.h"

#include <errno.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exocast/gather/gather.h"
#include "testing/for_each_seed.h"

namespace exocast {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Random.

TEST(Random, IsTheSameOnEveryMachine) {
  Random random(1234567);  // the generator's published test vector
  EXPECT_EQ(random(), 6457827717110365317U);
  EXPECT_EQ(random(), 3203168211198807973U);
}

TEST(Random, StaysWithinItsBounds) {
  Random random(3);
  std::map<std::uint64_t, int> seen;
  for (int i = 0; i < 6000; ++i) ++seen[random.below(6)];
  EXPECT_EQ(seen.size(), 6);
  for (const auto& [number, times] : seen) EXPECT_NEAR(times, 1000, 150) << number;
  EXPECT_EQ(random.below(1), 0);
  EXPECT_EQ(random.between(seconds(2), seconds(2)), seconds(2));
  for (int i = 0; i < 100; ++i) {
    const Duration time = random.between(milliseconds(1), milliseconds(3));
    EXPECT_TRUE(time >= milliseconds(1) && time <= milliseconds(3));
  }
  EXPECT_FALSE(random.chance(0));
  EXPECT_TRUE(random.chance(1));
}

// SimLoop.

/// A small simulation: nodes wake at coinciding and at random moments. Records who woke when, in order.
using Trace = std::vector<std::pair<int, Duration>>;

Trace live(std::uint64_t seed) {
  SimLoop loop(seed);
  Trace trace;
  const TimePoint start = loop.now();
  const auto node = [&](int id) -> task<void> {
    Random delays = loop.random("delays of node " + std::to_string(id));
    for (int round = 0; round < 5; ++round) {
      co_await sleep_for(delays.chance(0.5) ? milliseconds(10) : delays.between(milliseconds(0), milliseconds(10)));
      trace.emplace_back(id, loop.now() - start);
    }
  };
  loop.run([](auto& node) -> task<void> { co_await gather(std::vector{1, 2, 3, 4, 5, 6}, node); }(node));
  return trace;
}

TEST(SimLoop, TheSameSeedGivesTheSameHistory) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) EXPECT_EQ(live(seed), live(seed));
}

TEST(SimLoop, AnotherSeedGivesAnother) {
  std::set<Trace> histories;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) histories.insert(live(seed));
  EXPECT_EQ(histories.size(), 20);
}

std::vector<int> order_of_one_moment(std::uint64_t seed) {
  SimLoop loop(seed);
  std::vector<int> order;
  const auto node = [&](int id) -> task<void> {
    co_await sleep_for(seconds(1));
    order.push_back(id);
  };
  loop.run([](auto& node) -> task<void> { co_await gather(std::vector{1, 2, 3}, node); }(node));
  return order;
}

TEST(SimLoop, TimersOfOneMomentFireInEveryOrderUnderSomeSeed) {
  std::set<std::vector<int>> orders;
  for (std::uint64_t seed = 0; seed < 100; ++seed) orders.insert(order_of_one_moment(seed));
  EXPECT_EQ(orders.size(), 6);
}

TEST(SimLoop, TimeStillComesBeforeTheSeed) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Trace trace = live(seed);
    EXPECT_TRUE(std::ranges::is_sorted(trace, {}, &Trace::value_type::second));
  }
}

TEST(SimLoop, RandomDependsOnTheSeedAndOnThePurposeOnly) {
  SimLoop loop(7);
  const std::uint64_t first = loop.random("faults")();
  loop.random("delays")();
  EXPECT_EQ(loop.random("faults")(), first);
  EXPECT_NE(loop.random("delays")(), first);
  EXPECT_NE(SimLoop(8).random("faults")(), first);
  EXPECT_EQ(loop.seed(), 7);
}

TEST(SimLoop, ThousandsOfNodesLiveHoursInOneThread) {
  static constexpr std::size_t nodes = 5000;
  SimLoop loop(1);
  std::size_t beats = 0;
  const TimePoint start = loop.now();
  const auto node = [&](std::size_t id) -> task<void> {
    Random random = loop.random("node " + std::to_string(id));
    while (loop.now() < start + hours(1)) {
      co_await sleep_for(random.between(seconds(100), seconds(200)));
      ++beats;
    }
  };
  loop.run([](auto& node) -> task<void> {
    co_await gather(std::views::iota(std::size_t{0}, nodes), node, {.limit = Limit::none()});
  }(node));
  EXPECT_GE(loop.now() - start, hours(1));
  EXPECT_GE(beats, nodes * 18);  // at least every 200 s
  EXPECT_LE(beats, nodes * 37);
}

// for_each_seed. A failure is observed from outside, in its own process.

class SeedEnvironment : public testing::Test {
 protected:
  void SetUp() override { clear(); }
  void TearDown() override { clear(); }
  static std::vector<std::uint64_t> seeds_run(std::uint64_t first, std::uint64_t count) {
    std::vector<std::uint64_t> seeds;
    for_each_seed(first, count, [&](std::uint64_t seed) { seeds.push_back(seed); });
    return seeds;
  }

 private:
  static void clear() {
    unsetenv("EXOCAST_SEED");
    unsetenv("EXOCAST_SEEDS");
    unsetenv("EXOCAST_FIRST_SEED");
  }
};
using ForEachSeed = SeedEnvironment;

TEST_F(ForEachSeed, RunsCountSeedsFromTheFirst) { EXPECT_EQ(seeds_run(5, 3), (std::vector<std::uint64_t>{5, 6, 7})); }

TEST_F(ForEachSeed, RunsExactlyTheSeedItIsToldTo) {
  setenv("EXOCAST_SEED", "18446744073709551615", 1);
  EXPECT_EQ(seeds_run(5, 3), std::vector<std::uint64_t>{UINT64_MAX});
}

TEST_F(ForEachSeed, RunsMoreSeedsForASoak) {
  setenv("EXOCAST_SEEDS", "100", 1);
  EXPECT_EQ(seeds_run(5, 3).size(), 100);
}

TEST_F(ForEachSeed, BeginsWhereASoakTellsItTo) {
  EXPECT_FALSE(seeds_are_chosen());
  setenv("EXOCAST_FIRST_SEED", "1000", 1);
  EXPECT_EQ(seeds_run(5, 2), (std::vector<std::uint64_t>{1000, 1001}));
  EXPECT_TRUE(seeds_are_chosen());
}

TEST_F(ForEachSeed, RefusesASeedThatIsNoNumber) {
  setenv("EXOCAST_SEED", "seven", 1);
  EXPECT_THROW(seeds_run(5, 3), std::invalid_argument);
}

// The same with flags, which only a separate process can have: the first test fails and prints its seeds.
std::string output_of_first_test_with(const std::string& flags) {
  const std::string command =
      std::string(program_invocation_name) + " --gtest_filter=ForEachSeed.RunsCountSeeds* " + flags;
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
  pclose(pipe);
  return output;
}

TEST_F(ForEachSeed, TakesTheSeedAndTheirNumberFromFlags) {
  EXPECT_THAT(output_of_first_test_with("--seed=9"), testing::HasSubstr("{ 9 }"));
  EXPECT_THAT(output_of_first_test_with("--seeds=2"), testing::HasSubstr("{ 5, 6 }"));
}

constexpr const char* replays_7 =
    "seed 7 failed; replay: EXOCAST_SEED=7 .*exocast_testing_test --gtest_filter=ForEachSeed\\.[A-Za-z]+\n";

TEST_F(ForEachSeed, StopsAtTheFirstFailureAndSaysHowToReplayIt) {
  const auto child = [] {
    std::uint64_t last = 0;
    for_each_seed(5, 10, [&](std::uint64_t seed) {
      last = seed;
      EXPECT_LT(seed, 7);
    });
    std::_Exit(static_cast<int>(last));
  };
  EXPECT_EXIT(child(), testing::ExitedWithCode(7), replays_7);
}

TEST_F(ForEachSeed, SaysHowToReplayWhatThrows) {
  const auto child = [] {
    try {
      for_each_seed(5, 10, [](std::uint64_t seed) {
        if (seed == 7) throw std::runtime_error("no");
      });
    } catch (const std::runtime_error&) {
      std::_Exit(3);  // the exception arrived unchanged
    }
  };
  EXPECT_EXIT(child(), testing::ExitedWithCode(3), replays_7);
}

TEST_F(ForEachSeed, SaysHowToReplayWhatAborts) {
  const auto child = [] {
    for_each_seed(5, 10, [](std::uint64_t seed) {
      if (seed == 7) std::abort();
    });
  };
  EXPECT_EXIT(child(), testing::KilledBySignal(SIGABRT), replays_7);
}

}  // namespace
}  // namespace exocast
