// SPDX-License-Identifier: Apache-2.0
// Larger random gathers: up to 200 items, and nested ones. Checked like the exhaustive ones. A failure prints its seed;
// EXOCAST_SEED=<seed> runs only that one.
#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

#include "testing/gather/gather_judge.h"

namespace exocast {
namespace {

using test::describe;
using test::Does;
using test::GatherCase;
using test::GatherCaseRun;
using test::GatherJudge;
using test::GatherSeen;
using test::ItemPlan;
using test::Kind;
using test::World;
using namespace std::chrono_literals;

#if defined(EXOCAST_NO_FRAME_CACHE)
constexpr std::uint64_t seeds = 1000;
#else
constexpr std::uint64_t seeds = 20'000;
#endif

using Random = std::mt19937_64;

int below(Random& random, int bound) { return static_cast<int>(random() % static_cast<std::uint64_t>(bound)); }
bool chance(Random& random, int percent) { return below(random, 100) < percent; }

ItemPlan draw_item(Random& random, int sound_percent) {
  const int steps = 1 + below(random, 40);
  if (chance(random, sound_percent)) return chance(random, 20) ? ItemPlan{Does::ok_now} : ItemPlan{Does::ok, steps};
  constexpr Does kinds[] = {Does::error_now, Does::callable_throws, Does::skips,         Does::error,     Does::throws,
                            Does::hangs,     Does::ignores_ok,      Does::ignores_error, Does::winds_down};
  return {kinds[below(random, std::size(kinds))], steps};
}

/// `parking` draws long steps and places to park; without it, the oracle is exact.
GatherCase draw(Random& random, bool parking) {
  GatherCase plan;
  plan.items.resize(static_cast<std::size_t>(below(random, chance(random, 50) ? 12 : 201)));
  const int sound = below(random, 101);
  for (ItemPlan& item : plan.items) item = draw_item(random, sound);
  plan.kind = static_cast<Kind>(below(random, 4));
  plan.k = static_cast<std::size_t>(below(random, 1 + static_cast<int>(plan.items.size())));
  if (chance(random, 30)) plan.tolerated = static_cast<std::size_t>(below(random, 20));
  plan.limit = static_cast<std::size_t>(1 + below(random, chance(random, 50) ? 8 : 100));
  plan.sized = chance(random, 70);
  if (chance(random, 60)) plan.deadline = below(random, 200);
  if (chance(random, 40)) plan.per_item = 1 + below(random, 40);
  if (chance(random, 20)) plan.caller_stop = below(random, 100);
  if (chance(random, 20)) plan.option_stop = below(random, 100);
  if (parking) {
    plan.parked = static_cast<std::size_t>(below(random, 20));
    plan.step = Duration(1 + below(random, 30'000'000));
  }
  return plan;
}

/// The seeds to run: all, or the one from EXOCAST_SEED.
std::pair<std::uint64_t, std::uint64_t> seed_range() {
  const char* asked = std::getenv("EXOCAST_SEED");
  if (asked == nullptr) return {1, seeds + 1};
  const std::uint64_t seed = std::strtoull(asked, nullptr, 10);
  return {seed, seed + 1};
}

void run_seeds(bool parking) {
  const auto [first, last] = seed_range();
  for (std::uint64_t seed = first; seed < last; ++seed) {
    Random random(seed);
    const GatherCase plan = draw(random, parking);
    const GatherSeen seen = GatherCaseRun(plan).run();
    GatherJudge judge(plan, seen);
    std::string complaint = judge.invariants();
    if (!parking) complaint += judge.against_oracle();
    ASSERT_EQ(complaint, "") << "EXOCAST_SEED=" << seed << ' ' << describe(plan);
  }
}

TEST(GatherRandom, DoesWhatTheOracleForetells) { run_seeds(false); }
TEST(GatherRandom, KeepsItsInvariantsWhenItemsAreParked) { run_seeds(true); }

/// A tree of gathers: each node gathers a few children, with a random policy, bound and deadline; leaves do anything.
class Tree {
 public:
  Tree(World& world, std::uint64_t seed) : world_(world), random_(seed) {}

  task<std::size_t> node(int depth) {
    const test::Counted counted(alive);
    if (depth == 0) co_return co_await leaf();
    const auto each = [this, depth](int) { return node(depth - 1); };
    int told = 0;
    const auto tell = [&told](std::size_t, const auto&) noexcept { ++told; };
    const int count = 1 + below(random_, 5);
    GatherOptions options = {.limit = static_cast<std::size_t>(1 + below(random_, 4))};
    if (chance(random_, 40)) options.deadline = Deadline::after(world_.loop.now(), below(random_, 60) * 1ms);
    if (chance(random_, 30)) options.per_item = below(random_, 60) * 1ms;
    if (chance(random_, 30)) options.parked = 0;
    const auto all = std::views::iota(0, count);
    const std::size_t k = static_cast<std::size_t>(below(random_, count + 1));
    const Deadline deadline = options.deadline;
    const auto gathered =
        chance(random_, 50) ? co_await gather(all, each, options, tell) : co_await quorum(k, all, each, options, tell);
    EXPECT_EQ(told, count);
    EXPECT_LE(world_.loop.now(), deadline.time());
    co_return gathered.count(Reason::ok);
  }

  int alive = 0;

 private:
  task<std::size_t> leaf() {
    const Duration takes = below(random_, 50) * 1ms;
    switch (below(random_, 8)) {
      case 0:
        break;
      case 1:
        co_await yield();
        break;
      case 2:
        co_await until_stopped();
        break;
      case 3:
        co_await test::Stubborn(Deadline::after(world_.loop.now(), takes));
        break;
      case 4:
        co_await test::WindDown(Deadline::never(), takes);
        break;
      case 5:
        throw std::runtime_error("leaf");
      default:
        co_await sleep_for(takes);
    }
    co_return 1;
  }

  World& world_;
  Random random_;
};

TEST(GatherRandom, TreesOfGathersLeaveNothingBehind) {
  const auto [first, last] = seed_range();
  for (std::uint64_t seed = first; seed < last; ++seed) {
    SCOPED_TRACE("EXOCAST_SEED=" + std::to_string(seed));
    World world;
    Tree tree(world, seed);
    {
      int ends = 0;
      Scope scope(world.loop);  // its destructor still ends tasks
      scope.spawn(tree.node(3), [&](const Outcome<std::size_t>&) noexcept { ++ends; });
      const Deadline stop_at = world.at(static_cast<int>(seed % 300) * 1ms);
      while (!stop_at.passed(world.loop.now()) && world.loop.turn()) {
      }
      if (seed % 2 == 0) {  // else the scope is destroyed with live tasks
        scope.request_stop();
        while (scope.live() > 0 && world.loop.turn()) {
        }
        ASSERT_EQ(scope.live(), 0U);
        ASSERT_EQ(ends, 1);
      }
    }
    ASSERT_EQ(tree.alive, 0);
    ASSERT_FALSE(world.loop.turn());
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace exocast
