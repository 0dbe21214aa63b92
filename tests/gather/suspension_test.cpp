// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/detail/suspension.h"

#include <gtest/gtest.h>

#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::Gate;
using test::WindDown;
using test::World;
using namespace std::chrono_literals;

task<int> wait_for(Gate& gate) {
  co_await gate.wait();
  co_return 1;
}

TEST(Suspension, ResumeGoesOnInsideTheCall) {
  World world;
  Gate gate;
  Scope scope(world.loop);
  Outcome<int> outcome;
  scope.spawn(wait_for(gate), [&](Outcome<int> end) noexcept { outcome = std::move(end); });
  EXPECT_TRUE(gate.waited_for());
  gate.open();
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(*outcome, 1);
}

TEST(Suspension, StopsAtOnceWhenStopIsRequestedMeanwhile) {
  World world;
  Gate gate;
  Scope scope(world.loop);
  Outcome<int> outcome;
  scope.spawn(wait_for(gate), [&](Outcome<int> end) noexcept { outcome = std::move(end); });
  scope.request_stop();
  EXPECT_EQ(outcome.reason(), Reason::cancelled);
  EXPECT_FALSE(gate.waited_for()) << "its frame is gone";
}

TEST(Suspension, DoesNotBeginWhenStopIsRequestedAlready) {
  World world;
  Gate gate;
  Scope scope(world.loop);
  scope.request_stop();
  Outcome<int> outcome;
  scope.spawn(wait_for(gate), [&](Outcome<int> end) noexcept { outcome = std::move(end); });
  EXPECT_EQ(outcome.reason(), Reason::cancelled);
}

TEST(Suspension, AnOperationMayBeWoundDownBeforeItStops) {
  World world;
  Scope scope(world.loop);
  Outcome<Unit> outcome;
  const auto work = [&]() -> task<void> { co_await WindDown(Deadline::never(), 10ms); };
  scope.spawn(work(), [&](Outcome<Unit> end) noexcept { outcome = std::move(end); });
  scope.request_stop();
  EXPECT_EQ(scope.live(), 1U) << "still winding down";
  while (world.loop.turn()) {
  }
  EXPECT_EQ(outcome.reason(), Reason::cancelled);
  EXPECT_EQ(world.elapsed(), 10ms);
}

TEST(Suspension, AStoppingOperationMayStillComplete) {
  World world;
  Gate gate;
  Scope scope(world.loop);
  Outcome<int> outcome;
  const auto work = [&]() -> task<int> {
    co_await gate.wait_deaf();
    co_return 7;
  };
  scope.spawn(work(), [&](Outcome<int> end) noexcept { outcome = std::move(end); });
  scope.request_stop();
  EXPECT_EQ(outcome.reason(), Reason::not_started);
  gate.open();
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(*outcome, 7);
}

TEST(Suspension, ItsTaskKnowsItsContext) {
  World world;
  Scope scope(world.loop);
  const Context* seen = nullptr;
  const auto inner = [&]() -> task<void> { seen = &co_await this_context(); };
  const auto outer = [&]() -> task<void> {
    const Context& mine = co_await this_context();
    EXPECT_EQ(mine.scheduler, &world.loop);
    EXPECT_EQ(mine.scope, &scope);
    EXPECT_FALSE(mine.stop->requested());
    co_await inner();
    EXPECT_EQ(seen, &mine) << "handed down from awaiting task to awaited task";
  };
  scope.spawn(outer());
  EXPECT_NE(seen, nullptr);
}

}  // namespace
}  // namespace exocast
