// SPDX-License-Identifier: Apache-2.0
// Fails the k-th allocation, for every k until a run needs no more. For any k: proper outcomes or std::bad_alloc, and
// nothing leaks or lives on.
#include <new>
#include <thread>

#include <gtest/gtest.h>

#include "testing/gather/heap.h"
#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::Counted;
using test::Heap;
using test::Stubborn;
using test::WindDown;
using test::World;
using namespace std::chrono_literals;

struct Allocation : testing::Test {
  void SetUp() override {
    if (!Heap::counts) GTEST_SKIP() << "the sanitizer's heap does not count";
  }
};
using AllocationTorture = Allocation;

/// Runs `scenario` with the first, then the second … allocation failing, until it needs no more. The scenario may throw
/// bad_alloc; its result says whether all other checks passed. Returns the number of its allocations.
template <class Scenario>
std::size_t fail_each_allocation(Scenario scenario) {
  for (std::size_t k = 1;; ++k) {
    FrameCache::clear();
    const long before = Heap::blocks_alive();
    bool well = true;
    Heap::count_and_fail(k);
    try {
      well = scenario();
    } catch (const std::bad_alloc&) {
      well = Heap::counted() >= k;
    }
    const std::size_t allocations = Heap::stop_counting();
    FrameCache::clear();
    EXPECT_TRUE(well) << "allocation " << k;
    EXPECT_EQ(Heap::blocks_alive(), before) << "allocation " << k;
    if (allocations < k || testing::Test::HasFailure()) return k - 1;
  }
}

bool is_bad_alloc(const std::exception_ptr& thrown) {
  if (!thrown) return false;
  try {
    std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
    return false;
  }
}

template <class T>
bool ok_or_bad_alloc(const Outcome<T>& outcome) {
  return outcome.ok() || is_bad_alloc(outcome.exception());
}

task<int> sum(int depth) {
  if (depth == 0) co_return 1;
  co_await yield();
  co_return co_await sum(depth - 1) + co_await sum(depth - 1);
}

TEST_F(AllocationTorture, Tasks) {
  const std::size_t made = fail_each_allocation([] {
    World world;
    const auto outcome = world.run(sum(4));
    return ok_or_bad_alloc(outcome) && (!outcome.ok() || *outcome == 16);
  });
  EXPECT_GT(made, 4U);
}

TEST_F(AllocationTorture, SpawnAndDrain) {
  const std::size_t made = fail_each_allocation([] {
    World world;
    int alive = 0;
    int spawned = 0;
    int ended = 0;
    bool well = true;
    {
      Scope scope(world.loop);
      const auto work = [&](int i, Counted) -> task<int> {
        if (i % 2 == 0) co_await until_stopped();
        co_await Stubborn(world.at(10ms));
        co_return co_await sum(1);
      };
      const auto on_end = [&](const Outcome<int>& outcome) noexcept {
        ++ended;
        well = well && (ok_or_bad_alloc(outcome) || outcome.reason() == Reason::cancelled);
      };
      try {
        for (int i = 0; i < 6; ++i) {
          scope.spawn(work(i, Counted(alive)), on_end);
          ++spawned;
        }
      } catch (const std::bad_alloc&) {  // that one was not spawned; the others live
      }
      well = well && scope.live() == static_cast<std::size_t>(spawned);
      const auto left = world.run(scope.drain(world.at(1s)));
      well = well && ok_or_bad_alloc(left) && (!left.ok() || *left == 0);
    }
    return well && alive == 0 && ended <= spawned;
  });
  EXPECT_GT(made, 12U);
}

/// Every kind of item, under a deadline that some ignore, from a range of known or unknown size.
bool gather_stragglers(World& world, bool sized) {
  int alive = 0;
  int told[100] = {};
  bool well = true;
  const auto child = [&](int i, Counted) -> task<int> {
    if (i % 5 == 0) co_return i;
    if (i % 5 == 1) co_await sleep_for(i * 1ms);
    if (i % 5 == 2) co_await Stubborn(world.at(200ms));
    if (i % 5 == 3) co_await WindDown(Deadline::never(), 30ms);
    co_return co_await sum(1) + i - 2;
  };
  const auto each = [&](int i) { return child(i, Counted(alive)); };
  const auto tell = [&](std::size_t index, const Outcome<int>& outcome) noexcept {
    ++told[index];
    if (outcome.ok()) well = well && *outcome == static_cast<int>(index);
    if (outcome.reason() == Reason::error) well = well && is_bad_alloc(outcome.exception());
  };
  const GatherOptions options = {.limit = 40, .deadline = world.at(50ms), .per_item = 45ms};
  const auto all = std::views::iota(0, 100);
  const auto end = sized
                       ? world.run(gather(all, each, options, tell))
                       : world.run(gather(all | std::views::take_while([](int) { return true; }), each, options, tell));
  for (const int times : told) well = well && times <= 1;
  if (end.ok()) {
    for (const int times : told) well = well && times == 1;
    for (const auto& outcome : end->outcomes) well = well && outcome.reason() != Reason::skipped;
  }
  return well && ok_or_bad_alloc(end) && alive == 0;
}

TEST_F(AllocationTorture, GatherWithStragglers) {
  for (const bool sized : {true, false}) {
    const std::size_t made = fail_each_allocation([sized] {
      World world;
      return gather_stragglers(world, sized);
    });
    EXPECT_GT(made, 50U);
  }
}

task<int> tree(int depth, int& alive) {
  const Counted counted(alive);
  if (depth == 0) co_return 1;
  const auto each = [&alive, depth](int i) -> task<int> { return i == 2 ? task<int>(skip) : tree(depth - 1, alive); };
  const auto all = co_await gather(std::views::iota(0, 4), each, {.limit = 2});
  int total = 0;
  for (const auto& outcome : all.outcomes) {
    if (outcome.ok()) total += *outcome;
    if (outcome.exception()) std::rethrow_exception(outcome.exception());
  }
  co_return total;
}

TEST_F(AllocationTorture, NestedGathers) {
  const std::size_t made = fail_each_allocation([] {
    World world;
    int alive = 0;
    const auto outcome = world.run(tree(3, alive));
    return alive == 0 && ok_or_bad_alloc(outcome) && (!outcome.ok() || *outcome == 27);
  });
  EXPECT_GT(made, 20U);
}

TEST_F(AllocationTorture, AThreadThatOnlyReleasesFramesKeepsNoneAtItsExit) {
  FrameCache::clear();
  const long before = Heap::blocks_alive();
  void* frames[20];
  for (void*& frame : frames) frame = FrameCache::allocate(200);
  {
    std::thread other([&] {
      for (void* frame : frames) FrameCache::release(frame, 200);
    });
    other.join();
  }
  FrameCache::clear();
  EXPECT_EQ(Heap::blocks_alive(), before);
}

TEST_F(Allocation, AGatherNeedsNoneForEachItemInTheSteadyState) {
#ifdef EXOCAST_NO_FRAME_CACHE
  GTEST_SKIP() << "frames are not kept with AddressSanitizer";
#endif
  const auto each = [](int) -> task<int> {
    co_await yield();
    co_return 1;
  };
  const auto allocations_of = [&](int items) {
    World world;
    Heap::count();
    EXPECT_TRUE(
        world.run(gather(std::views::iota(0, items), each, {.limit = 64, .deadline = world.at(1s)}))->satisfied);
    return Heap::stop_counting();
  };
  allocations_of(1000);  // warms the cache
  EXPECT_EQ(allocations_of(1000), allocations_of(100'000)) << "as many for a thousand as for a hundred thousand";
  EXPECT_LE(allocations_of(1000), 8U);
}

}  // namespace
}  // namespace exocast
