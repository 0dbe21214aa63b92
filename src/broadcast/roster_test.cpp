// SPDX-License-Identifier: Apache-2.0
#include "exocast/roster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exocast {
namespace {

using testing::HasSubstr;

TEST(Roster, KeepsItsOrderAndIsSharedByItsCopies) {
  const Roster roster = Roster::make({{"b", "host:1", nullptr, ""}, {"a", "host:2", nullptr, ""}}).value();
  const Roster copy = roster;  // NOLINT(performance-unnecessary-copy-initialization): the copy is what is tested
  ASSERT_EQ(copy.size(), 2U);
  EXPECT_EQ(copy[0].id, "b");
  EXPECT_EQ(&copy[1], &roster[1]);
}

TEST(Roster, ADefaultOneIsEmpty) {
  EXPECT_TRUE(Roster().empty());
  EXPECT_EQ(Roster().begin(), Roster().end());
}

TEST(Roster, AnIdThatOccursTwiceIsRefusedByName) {
  const auto refused =
      Roster::make({{"n1", "host:1", nullptr, ""}, {"n2", "host:2", nullptr, ""}, {"n1", "host:3", nullptr, ""}});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("'n1' occurs twice"));
}

TEST(Roster, AnIdThatCannotNameAPeerIsRefusedWithItsAddress) {
  const auto refused = Roster::make({{"", "host:1", nullptr, ""}});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("host:1"));
}

}  // namespace
}  // namespace exocast
