// SPDX-License-Identifier: Apache-2.0
#include "lane/fair_share.h"

#include <deque>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace exocast {
namespace {

using std::chrono::milliseconds;
using Flow = FairShare::Flow;
using Target = FairShare::Target;
using Claim = FairShare::Claim;

const TimePoint start = TimePoint(std::chrono::hours(1));

/// Claims with a target each unless one is named, in a share without parking unless requested.
struct FairShareTest : testing::Test {
  Claim& claim(Flow& flow, Target& target) { return claims.emplace_back(flow, target); }
  Claim& claim(Flow& flow) { return claim(flow, targets.emplace_back()); }

  /// Requests places for `count` claims of `flow` now.
  std::vector<Claim*> ask(FairShare& share, Flow& flow, std::size_t count) {
    std::vector<Claim*> asked;
    for (std::size_t i = 0; i < count; ++i) {
      asked.push_back(&claim(flow));
      share.request(*asked.back(), start);
    }
    return asked;
  }

  std::deque<Target> targets;
  std::deque<Claim> claims;
};

TEST_F(FairShareTest, FreePlacesAreTakenAtOnceAndNoMoreThanThereAre) {
  FairShare share({.active = 2});
  Flow flow;
  EXPECT_TRUE(share.request(claim(flow), start));
  EXPECT_TRUE(share.request(claim(flow), start));
  EXPECT_FALSE(share.request(claim(flow), start));
  EXPECT_EQ(share.grant_next(start), nullptr);
  EXPECT_EQ(share.metrics().active, 2U);
  EXPECT_EQ(share.metrics().waiting, 1U);
}

TEST_F(FairShareTest, FlowsTakeTurnsAndAFlowKeepsItsOrder) {
  FairShare share({.active = 1});
  Flow first;
  Flow a;
  Flow b;
  Claim& holder = claim(first);
  share.request(holder, start);
  const auto of_a = ask(share, a, 3);
  const auto of_b = ask(share, b, 2);
  std::vector<Claim*> order;
  share.release(holder, start);
  while (Claim* granted = share.grant_next(start)) {
    order.push_back(granted);
    share.release(*granted, start);
  }
  EXPECT_EQ(order, (std::vector<Claim*>{of_a[0], of_b[0], of_a[1], of_b[1], of_a[2]}));
}

TEST_F(FairShareTest, ASmallFlowIsNotStuckBehindAHugeOne) {
  FairShare share({.active = 4});
  Flow huge;
  Flow small;
  auto running = ask(share, huge, 4);
  ask(share, huge, 1000);
  const auto mine = ask(share, small, 3);
  int others = 0;
  while (!mine.back()->granted()) {
    share.release(*running.front(), start);
    running.erase(running.begin());
    running.push_back(share.grant_next(start));
    ASSERT_NE(running.back(), nullptr);
    others += std::ranges::find(mine, running.back()) == mine.end() ? 1 : 0;
  }
  EXPECT_LE(others, 3);  // one of the huge flow for each of the small one
}

TEST_F(FairShareTest, AClaimThatLeavesWhileItWaitsLeavesNoTrace) {
  FairShare share({.active = 1, .per_target = 1});
  Flow a;
  Flow b;
  Target target;
  Claim& holder = claim(a, target);
  Claim& blocked = claim(b, target);
  Claim& queued = claim(b);
  share.request(holder, start);
  share.request(blocked, start);
  share.request(queued, start);
  EXPECT_TRUE(blocked.blocked());
  share.release(blocked, start);
  share.release(queued, start);
  EXPECT_EQ(share.metrics().waiting, 0U);
  share.release(holder, start);
  EXPECT_EQ(share.grant_next(start), nullptr);
  EXPECT_EQ(share.metrics().active, 0U);
  EXPECT_FALSE(b.linked());  // not its turn
}

TEST_F(FairShareTest, WhoHoldsAPlaceForFarLongerThanOthersIsParkedAndStaysCounted) {
  FairShare share({.active = 2, .parked = 1});
  Flow flow;
  const auto hung = ask(share, flow, 2);
  const auto waiting = ask(share, flow, 2);
  const TimePoint overdue = share.next_park();
  EXPECT_EQ(overdue, start + ParkDelay::initial);
  EXPECT_EQ(share.grant_next(overdue - milliseconds(1)), nullptr);
  EXPECT_EQ(share.grant_next(overdue), waiting[0]);
  EXPECT_TRUE(hung[0]->parked());
  EXPECT_TRUE(hung[0]->granted());
  EXPECT_EQ(share.metrics().in_flight(), 3U);
  EXPECT_EQ(share.grant_next(overdue), nullptr) << "the bound on parked claims is hard";
  share.release(*hung[0], overdue);
  EXPECT_EQ(share.grant_next(share.next_park()), waiting[1]) << "whoever is parked makes room for the next";
  EXPECT_TRUE(hung[1]->parked());
}

TEST_F(FairShareTest, NobodyIsParkedWhileNobodyWaits) {
  FairShare share({.active = 2, .parked = 2});
  Flow flow;
  ask(share, flow, 2);
  EXPECT_EQ(share.next_park(), TimePoint::max());
  EXPECT_EQ(share.grant_next(start + std::chrono::hours(1)), nullptr);
  EXPECT_EQ(share.metrics().parked, 0U);
}

TEST_F(FairShareTest, OneThatHungForLongDoesNotMakeLaterOnesBeParkedLate) {
  FairShare share({.active = 1, .parked = 1});
  Flow flow;
  TimePoint now = start;
  for (int i = 0; i < 30; ++i) {  // it learns that places are usually held for 2 ms
    Claim& healthy = claim(flow);
    share.request(healthy, now);
    now += milliseconds(2);
    share.release(healthy, now);
  }
  Claim& hung = claim(flow);
  share.request(hung, now);
  now += std::chrono::seconds(15);
  share.release(hung, now);
  share.request(claim(flow), now);
  share.request(claim(flow), now);
  EXPECT_LE(share.next_park() - now, milliseconds(20));
}

TEST_F(FairShareTest, ClaimsToOneTargetWaitForEachOtherAndForNobodyElse) {
  FairShare share({.active = 8, .per_target = 2});
  Flow flow;
  Target hung;
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(share.request(claim(flow, hung), start));
  Claim& third = claim(flow, hung);
  EXPECT_FALSE(share.request(third, start));
  EXPECT_TRUE(third.blocked());
  EXPECT_TRUE(share.request(claim(flow), start)) << "another target is free";
  share.release(claims[0], start);
  EXPECT_EQ(share.grant_next(start), &third);
}

TEST_F(FairShareTest, OneHungTargetCannotHoldThePlacesOthersWaitForHoweverManyFlowsAimAtIt) {
  FairShare share({.active = 8, .parked = 8, .per_target = 4});
  std::deque<Flow> flows(100);
  Target hung;
  for (Flow& flow : flows) share.request(claim(flow, hung), start);
  EXPECT_EQ(share.metrics().in_flight(), 4U);
  Flow other;
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(share.request(claim(other), start));
}

}  // namespace
}  // namespace exocast
