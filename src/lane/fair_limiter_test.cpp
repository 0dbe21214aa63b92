// SPDX-License-Identifier: Apache-2.0
#include "lane/fair_limiter.h"

#include <deque>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/gather/run_loop.h"
#include "exocast/gather/wait.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using Flow = FairLimiter::Flow;
using Target = FairLimiter::Target;

/// Tasks that each hold a place for some virtual time.
struct FairLimiterTest : testing::Test {
  task<void> hold(FairLimiter& limiter, Flow& flow, Target& target, Duration time, char name) {
    FairLimiter::Turn turn(limiter, flow, target);
    co_await turn;
    order += name;
    co_await sleep_for(time);
    ended_at = loop.now();
  }
  task<void> hold(FairLimiter& limiter, Flow& flow, Duration time, char name) {
    return hold(limiter, flow, targets.emplace_back(), time, name);
  }
  void turns(int count) {
    for (int i = 0; i < count; ++i) loop.turn();
  }
  void run_dry() {
    while (loop.turn()) {
    }
  }

  VirtualClock clock;
  RunLoop loop{clock};
  std::deque<Target> targets;
  std::string order;
  TimePoint begun = loop.now();
  TimePoint ended_at = begun;
};

TEST_F(FairLimiterTest, AFreePlaceIsTakenWithoutWaiting) {
  FairLimiter limiter(loop, {.active = 2});
  Flow flow;
  Scope scope(loop);
  scope.spawn(hold(limiter, flow, 1ms, 'a'));
  scope.spawn(hold(limiter, flow, 1ms, 'b'));
  EXPECT_EQ(order, "ab");
  EXPECT_EQ(limiter.metrics().active, 2U);
  run_dry();
  EXPECT_EQ(limiter.metrics().active, 0U);
}

TEST_F(FairLimiterTest, PlacesGoToFlowsInTurnAndAreGivenBackAtTheEnd) {
  FairLimiter limiter(loop, {.active = 1});
  Flow huge;
  Flow small;
  Scope scope(loop);
  for (int i = 0; i < 5; ++i) scope.spawn(hold(limiter, huge, 1ms, 'h'));
  scope.spawn(hold(limiter, small, 1ms, 's'));
  scope.spawn(hold(limiter, small, 1ms, 's'));
  run_dry();
  EXPECT_EQ(order, "hhshshh");
  EXPECT_EQ(ended_at - begun, 7ms);
  EXPECT_EQ(limiter.metrics().active_peak, 1U);
  EXPECT_EQ(limiter.metrics().waiting_peak, 6U);
}

TEST_F(FairLimiterTest, HungHoldersAreParkedSoThatTheOthersGoOn) {
  FairLimiter limiter(loop, {.active = 2, .parked = 2});
  Flow flow;
  Scope scope(loop);
  for (int i = 0; i < 2; ++i) scope.spawn(hold(limiter, flow, std::chrono::hours(1), 'h'));
  for (int i = 0; i < 20; ++i) scope.spawn(hold(limiter, flow, 1ms, '.'));
  while (order.size() < 22 && loop.turn()) {
  }
  EXPECT_LE(loop.now() - begun, ParkDelay::initial + 10ms);
  EXPECT_EQ(limiter.metrics().parked, 2U);
  EXPECT_EQ(limiter.metrics().in_flight_peak, 4U);
  scope.request_stop();
  EXPECT_EQ(limiter.metrics().in_flight(), 0U);
}

TEST_F(FairLimiterTest, WhenAsManyHangAsCanBeParkedAndMoreTheBoundHolds) {
  FairLimiter limiter(loop, {.active = 2, .parked = 1});
  Flow flow;
  Scope scope(loop);
  for (int i = 0; i < 10; ++i) scope.spawn(hold(limiter, flow, 10s, 'h'));
  turns(100);
  EXPECT_EQ(limiter.metrics().in_flight_peak, 3U);
  run_dry();
  EXPECT_EQ(order.size(), 10U);
  EXPECT_EQ(limiter.metrics().in_flight_peak, 3U);
}

TEST_F(FairLimiterTest, StoppedWhileItWaitsATaskStopsAtOnceAndHoldsNothing) {
  FairLimiter limiter(loop, {.active = 1});
  Flow flow;
  Scope holder(loop);
  Scope waiting(loop);
  holder.spawn(hold(limiter, flow, 1s, 'a'));
  waiting.spawn(hold(limiter, flow, 1s, 'b'));
  EXPECT_EQ(limiter.metrics().waiting, 1U);
  waiting.request_stop();
  EXPECT_EQ(waiting.live(), 0U);
  EXPECT_EQ(limiter.metrics().waiting, 0U);
  run_dry();
  EXPECT_EQ(order, "a");
}

TEST_F(FairLimiterTest, StoppedAfterItWasGrantedAndBeforeItRanAPlaceGoesToTheNext) {
  FairLimiter limiter(loop, {.active = 1});
  Flow flow;
  Scope holder(loop);
  Scope granted(loop);
  Scope next(loop);
  holder.spawn(hold(limiter, flow, 1s, 'a'));
  granted.spawn(hold(limiter, flow, 1s, 'b'));
  next.spawn(hold(limiter, flow, 1s, 'c'));
  holder.request_stop();  // b is granted, and posted
  granted.request_stop();
  run_dry();
  EXPECT_EQ(order, "ac");
  EXPECT_EQ(limiter.metrics().in_flight(), 0U);
}

TEST_F(FairLimiterTest, DestroyedWaitersAndHoldersLeaveNothingBehind) {
  FairLimiter limiter(loop, {.active = 2, .parked = 1, .per_target = 1});
  Flow flow;
  Target shared;
  {
    Scope scope(loop);
    for (int i = 0; i < 6; ++i) scope.spawn(hold(limiter, flow, 1s, 'a'));
    for (int i = 0; i < 3; ++i) scope.spawn(hold(limiter, flow, shared, 1s, 'b'));
    turns(3);
    EXPECT_GT(limiter.metrics().waiting, 0U);
  }
  EXPECT_EQ(limiter.metrics().waiting, 0U);
  EXPECT_EQ(limiter.metrics().in_flight(), 0U);
  Scope scope(loop);
  scope.spawn(hold(limiter, flow, shared, 1ms, 'c'));
  EXPECT_EQ(order.back(), 'c') << "places and the target are free again";
}

TEST_F(FairLimiterTest, ATaskThatIsToStopAlreadyTakesNoPlaceFromAWaitingOne) {
  FairLimiter limiter(loop, {.active = 1});
  Flow flow;
  Scope scope(loop);
  Scope stopped(loop);
  stopped.request_stop();
  scope.spawn(hold(limiter, flow, 1ms, 'a'));
  stopped.spawn(hold(limiter, flow, 1ms, 'x'));
  EXPECT_EQ(stopped.live(), 0U);
  EXPECT_EQ(limiter.metrics().waiting, 0U);
  run_dry();
  EXPECT_EQ(order, "a");
}

TEST_F(FairLimiterTest, OneHungTargetInManyFlowsHoldsNoMoreThanItsShare) {
  FairLimiter limiter(loop, {.active = 4, .parked = 4, .per_target = 2});
  std::deque<Flow> flows(50);
  Target hung;
  Scope scope(loop);
  for (Flow& flow : flows) {
    scope.spawn(hold(limiter, flow, hung, 1h, 'h'));
    scope.spawn(hold(limiter, flow, 1ms, '.'));
  }
  while (order.size() < 52 && loop.turn()) {
  }
  EXPECT_EQ(std::ranges::count(order, '.'), 50);
  EXPECT_EQ(std::ranges::count(order, 'h'), 2);
  EXPECT_LE(loop.now() - begun, 30ms);
  scope.request_stop();
}

}  // namespace
}  // namespace exocast
