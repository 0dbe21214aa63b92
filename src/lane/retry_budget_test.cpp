// SPDX-License-Identifier: Apache-2.0
#include "lane/retry_budget.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace exocast {
namespace {

/// How many retries are affordable one after another.
std::size_t affordable(RetryBudget budget) {
  std::size_t count = 0;
  while (budget.try_schedule()) ++count;
  return count;
}

RetryBudget used_up(const RetryBudgetLimits& limits = {}) {
  RetryBudget budget(limits);
  while (budget.try_schedule()) {
  }
  return budget;
}

struct Case {
  const char* what;
  RetryBudgetLimits limits;
  std::size_t successes;  // after the budget was used up
  std::size_t at_first;
  std::size_t after;
};

const Case cases[] = {
    {"as gRPC's example: half of ten", {}, 0, 5, 0},
    {"the smallest: half of two is not more than half", {.tokens_max = 2}, 0, 1, 0},
    {"an odd bucket: 5 of 9 leave 4.0, 4 leave 5.0", {.tokens_max = 9}, 0, 5, 0},
    {"the first success after ten tokens went to five", {}, 1, 5, 1},
    {"a thousand successes fill it", {}, 1000, 5, 5},
    {"more do not overfill it", {}, 1'000'000'000'000, 5, 5},
    {"nothing is given back", {.per_success_millitokens = 0}, 1'000'000, 5, 0},
    {"all is given back at once", {.per_success_millitokens = 4'000'000'000}, 1, 5, 5},
    {"a bucket of none counts as the smallest", {.tokens_max = 0}, 0, 1, 0},
    {"a bucket too large counts as the largest", {.tokens_max = 4'000'000'000}, 0, 500, 0},
};

TEST(RetryBudget, FollowsTheTable) {
  for (const Case& each : cases) {
    EXPECT_EQ(affordable(RetryBudget(each.limits)), each.at_first) << each.what;
    RetryBudget budget = used_up(each.limits);
    budget.succeeded(each.successes);
    EXPECT_EQ(affordable(budget), each.after) << each.what;
  }
}

TEST(RetryBudget, InTheLongRunTenSuccessesPayOneRetry) {
  RetryBudget budget = used_up();
  std::size_t retries = 0;
  for (int i = 0; i < 1000; ++i) {
    budget.succeeded();
    retries += budget.try_schedule() ? 1 : 0;
  }
  EXPECT_EQ(retries, 100U);
}

TEST(RetryBudget, WhatIsGivenBackIsExactToAThousandth) {
  RetryBudget budget({.per_success_millitokens = 300});
  ASSERT_TRUE(budget.try_schedule());
  budget.succeeded(3);
  EXPECT_EQ(budget.metrics().millitokens, 9900U);
  budget.succeeded(0);
  EXPECT_EQ(budget.metrics().millitokens, 9900U) << "none gives nothing";
  budget.succeeded(1);
  EXPECT_EQ(budget.metrics().millitokens, 10'000U) << "no more than is missing";
}

TEST(RetryBudget, CountsWhatItAllowedAndWhatItRefused) {
  RetryBudget budget;
  for (int i = 0; i < 7; ++i) static_cast<void>(budget.try_schedule());
  EXPECT_EQ(budget.metrics().scheduled_total, 5U);
  EXPECT_EQ(budget.metrics().refused_total, 2U);
  EXPECT_EQ(budget.metrics().millitokens, 5000U);
  EXPECT_FALSE(budget.allows());
}

// Against the bound as a formula, without a bucket.
TEST(RetryBudget, NoHistoryAffordsMoreThanTheBurstAndTheShareOfTheSuccesses) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Random random(seed);
    RetryBudget budget;
    std::uint64_t successes = 0;
    for (int step = 0; step < 500; ++step) {
      if (random.chance(0.5)) {
        const std::uint64_t count = random.below(seed % 40 + 1);
        successes += count;
        budget.succeeded(count);
      } else {
        static_cast<void>(budget.try_schedule());
      }
      ASSERT_LE(budget.metrics().scheduled_total, 5 + successes / 10 + 1) << "seed " << seed;
      ASSERT_LE(budget.metrics().millitokens, 10'000U);
      ASSERT_GT(budget.metrics().millitokens, 4'000U) << "below half by less than one retry";
    }
  }
}

TEST(RetryBudget, IsUsableInAConstant) {
  constexpr bool refused = [] {
    RetryBudget budget({.tokens_max = 1, .per_success_millitokens = 0});
    return budget.try_schedule() && !budget.try_schedule();
  }();
  static_assert(refused);
}

}  // namespace
}  // namespace exocast
