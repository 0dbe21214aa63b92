// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/claim_id.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/control_path.h"
#include "testing/control/control_fixture.h"

namespace exocast {
namespace {

using testing::HasSubstr;

class ClaimIdTest : public testing::Test {
 protected:
  RuntimeFolder runtime_;
};

TEST_F(ClaimIdTest, OfSeveralNodesWithoutANameEachGetsTheFirstThatIsFree) {
  const auto first = claim_id("host", false);
  auto second = claim_id("host", false);
  const auto third = claim_id("host", false);
  EXPECT_EQ(first->id, "host");
  EXPECT_EQ(second->id, "host-2");
  EXPECT_EQ(third->id, "host-3");
  second->listener.reset();
  EXPECT_EQ(claim_id("host", false)->id, "host-2") << "it is free again";
}

TEST_F(ClaimIdTest, AnIdThatWasGivenIsTakenOrNone) {
  const auto first = claim_id("n1", true);
  ASSERT_TRUE(first) << first.error();
  EXPECT_THAT(claim_id("n1", true).error(), HasSubstr("'n1' runs here already"));
}

TEST_F(ClaimIdTest, WhatIsWrongWithTheFolderIsWrongForAllIds) {
  std::filesystem::permissions(*make_control_folder(), std::filesystem::perms::all);
  EXPECT_THAT(claim_id("host", false).error(), HasSubstr("others may enter it"));
}

}  // namespace
}  // namespace exocast
