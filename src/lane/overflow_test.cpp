// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <gtest/gtest.h>

#include "exocast/lane_options.h"

namespace exocast {
namespace {

TEST(Overflow, EveryValueHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (const Overflow each : all_overflows) names.insert(to_string(each));
  for (const StreamClass each : all_stream_classes) names.insert(to_string(each));
  EXPECT_EQ(names, (std::set<std::string_view>{"wait", "latest_wins", "drop_oldest", "disconnect", "control", "tokens",
                                               "bulk"}));
}

TEST(Overflow, NamesGoWithTheirValues) {
  EXPECT_EQ(to_string(Overflow::wait), "wait");
  EXPECT_EQ(to_string(Overflow::disconnect), "disconnect");
  EXPECT_EQ(to_string(StreamClass::control), "control");
  EXPECT_EQ(to_string(StreamClass::bulk), "bulk");
  EXPECT_EQ(to_string(static_cast<Overflow>(200)), "unknown");
  EXPECT_EQ(to_string(static_cast<StreamClass>(200)), "unknown");
}

}  // namespace
}  // namespace exocast
