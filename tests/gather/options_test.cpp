// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/options.h"

#include <string>

#include <gtest/gtest.h>

namespace exocast {
namespace {

TEST(Limit, ZeroIsRefusedByNameWhereItIsWritten) {
  std::size_t none = 0;
  try {
    const Limit limit = none;
    FAIL() << "accepted as " << limit.count();
  } catch (const std::invalid_argument& refused) {
    EXPECT_STREQ(refused.what(), "exocast: limit 0 would start nothing; use 1 or more, or Limit::none()");
  }
  EXPECT_THROW((GatherOptions{.limit = none}), std::invalid_argument);
}

// A constant limit of zero is a compile-time error: tests/compile_fail/limit_zero_in_a_constant.cpp.

TEST(Limit, IsAnyNumberFromOneOn) {
  static_assert(Limit(1).count() == 1);
  static_assert(Limit(1'000'000).count() == 1'000'000);
}

TEST(Limit, NoneIsMoreThanThereCanBeItems) { static_assert(Limit::none().count() == static_cast<std::size_t>(-1)); }

TEST(GatherOptions, HaveTheDocumentedDefaults) {
  constexpr GatherOptions options;
  static_assert(options.limit.count() == 64);
  static_assert(options.deadline.is_never());
  static_assert(options.per_item == Duration::max());
  static_assert(!options.tolerated.has_value());
  static_assert(options.stop == nullptr);
  static_assert(!options.parked.has_value());
}

}  // namespace
}  // namespace exocast
