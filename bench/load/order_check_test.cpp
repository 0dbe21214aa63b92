// SPDX-License-Identifier: Apache-2.0
#include "bench/load/order_check.h"

#include <initializer_list>

#include <gtest/gtest.h>

namespace exocast::bench {
namespace {

Heard heard(std::initializer_list<std::uint64_t> numbers, std::uint64_t published) {
  OrderCheck check;
  for (const std::uint64_t number : numbers) check.note(number);
  return check.heard(published);
}

TEST(OrderCheck, AWholeStreamInOrderHasNoFault) {
  const Heard all = heard({0, 1, 2, 3}, 4);
  EXPECT_EQ(all.received, 4U);
  EXPECT_EQ(all.inversions + all.duplicates + all.strange, 0U);
  EXPECT_TRUE(all.missing.empty());
}

TEST(OrderCheck, WhatIsMissingIsNamed) {
  const Heard some = heard({1, 2, 5}, 8);
  EXPECT_EQ(some.inversions, 0U);
  EXPECT_EQ(some.missing, (std::vector<Range>{{0, 0}, {3, 4}, {6, 7}}));
  EXPECT_EQ(count_of(some.missing), 5U);
}

TEST(OrderCheck, WhatComesLateIsAnInversionAndWhatComesAgainADuplicate) {
  const Heard mixed = heard({0, 2, 1, 1, 3, 0}, 4);
  EXPECT_EQ(mixed.received, 4U);
  EXPECT_EQ(mixed.inversions, 1U);
  EXPECT_EQ(mixed.duplicates, 2U);
}

TEST(OrderCheck, NumbersThatNoSenderGivesTakeNoMemory) {
  const Heard strange = heard({std::uint64_t{1} << 60}, 0);
  EXPECT_EQ(strange.strange, 1U);
  EXPECT_EQ(strange.received, 0U);
}

TEST(OrderCheck, DifferenceIsWhatOnlyTheFirstHas) {
  using Ranges = std::vector<Range>;
  EXPECT_EQ(difference({{0, 9}}, {}), (Ranges{{0, 9}}));
  EXPECT_EQ(difference({{0, 9}}, {{0, 9}}), Ranges{});
  EXPECT_EQ(difference({{0, 9}, {20, 29}}, {{2, 3}, {5, 5}, {8, 22}, {29, 40}}),
            (Ranges{{0, 1}, {4, 4}, {6, 7}, {23, 28}}));
  EXPECT_EQ(difference({{5, 6}}, {{0, 5}, {7, 8}}), (Ranges{{6, 6}}));
  EXPECT_EQ(difference({{0, 1}, {3, 4}, {6, 7}}, {{0, 6}}), (Ranges{{7, 7}}));
}

TEST(OrderCheck, ALineKeepsAll) {
  const Heard before = heard({1, 2, 2, 0, 5}, 8);
  const Heard after = heard_of(to_line(before));
  EXPECT_EQ(after.received, before.received);
  EXPECT_EQ(after.inversions, before.inversions);
  EXPECT_EQ(after.duplicates, before.duplicates);
  EXPECT_EQ(after.missing, before.missing);
}

}  // namespace
}  // namespace exocast::bench
