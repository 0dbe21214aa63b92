// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/demo/plan.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exocast::demo {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Kind o = Kind::ordinary;
constexpr Kind s = Kind::slow;
constexpr Kind f = Kind::frozen;

TEST(DemoPlan, SpreadsTheOddNodesAndStartsWithAFrozenOne) {
  EXPECT_THAT(plan_demo({})->kinds, ElementsAre(o, o, f, o, o, o, s, o));
  EXPECT_THAT(plan_demo({.nodes = 5, .slow = 3, .frozen = 1})->kinds, ElementsAre(f, s, o, s, s));
  EXPECT_THAT(plan_demo({.nodes = 2, .slow = 0, .frozen = 2})->kinds, ElementsAre(f, f));
  EXPECT_THAT(plan_demo({.nodes = 1, .slow = 0, .frozen = 0})->kinds, ElementsAre(o));
}

TEST(DemoPlan, HasAsManyOfEachKindAsAskedFor) {
  for (std::size_t nodes = 1; nodes <= 12; ++nodes) {
    for (std::size_t slow = 0; slow <= nodes; ++slow) {
      for (std::size_t frozen = 0; slow + frozen <= nodes; ++frozen) {
        const auto plan = plan_demo({.nodes = nodes, .slow = slow, .frozen = frozen, .delay = 0ms});
        ASSERT_TRUE(plan) << plan.error();
        EXPECT_EQ(std::ranges::count(plan->kinds, s), static_cast<long>(slow));
        EXPECT_EQ(std::ranges::count(plan->kinds, f), static_cast<long>(frozen));
      }
    }
  }
}

TEST(DemoPlan, ASlowNodeIsClearlySlowAndYetInTime) {
  for (const Duration delay : {0ms, 1ms, 20ms, 100ms, 500ms}) {
    const auto plan = plan_demo({.nodes = 4, .delay = delay});
    ASSERT_TRUE(plan) << plan.error();
    EXPECT_GE(plan->slow_delay, delay + 100ms);
    EXPECT_GE(plan->timeout, plan->slow_delay + 300ms);
  }
  EXPECT_EQ(plan_demo({})->slow_delay, 200ms);
  EXPECT_EQ(plan_demo({})->timeout, 500ms);
  EXPECT_EQ(plan_demo({})->sequential, 6 * 20ms + 200ms + 500ms);
}

TEST(DemoPlan, RefusesWhatWouldNotEndWithinTenSeconds) {
  EXPECT_TRUE(plan_demo({.nodes = 32}));
  EXPECT_TRUE(plan_demo({.nodes = nodes_max}));
  EXPECT_THAT(plan_demo({.nodes = 40, .frozen = 20}).error(), HasSubstr("would take 10.6 s"));
  EXPECT_THAT(plan_demo({.delay = 2s}).error(), HasSubstr("within 10 s"));
}

TEST(DemoPlan, RefusesMoreOddNodesThanNodes) {
  EXPECT_THAT(plan_demo({.nodes = 2, .slow = 2, .frozen = 1}).error(), HasSubstr("more than the 2 nodes"));
}

}  // namespace
}  // namespace exocast::demo
