// SPDX-License-Identifier: Apache-2.0
#include "report/fold_names.h"

#include <string>

#include <gtest/gtest.h>

namespace exocast {
namespace {

TEST(FoldNames, RunsBecomeRanges) {
  EXPECT_EQ(fold_names({"n1", "n2", "n3", "n7"}), "n[1-3,7]");
  EXPECT_EQ(fold_names({"n9", "n10", "n11"}), "n[9-11]");
  EXPECT_EQ(fold_names({"n2", "n1"}), "n[1-2]");
}

TEST(FoldNames, ANameAloneStaysAsItIs) {
  EXPECT_EQ(fold_names({}), "");
  EXPECT_EQ(fold_names({"n1"}), "n1");
  EXPECT_EQ(fold_names({"login", "n1", "gpu3"}), "login,n1,gpu3");
  EXPECT_EQ(fold_names({"n1", "n1"}), "n1");
}

TEST(FoldNames, OnlyTheLastNumberFolds) {
  EXPECT_EQ(fold_names({"r1n1.lan", "r1n2.lan", "r2n1.lan"}), "r1n[1-2].lan,r2n1.lan");
}

TEST(FoldNames, PaddingIsKept) {
  EXPECT_EQ(fold_names({"n08", "n09", "n10", "n11"}), "n[08-11]");
  EXPECT_EQ(fold_names({"n7", "n07", "n007"}), "n7,n07,n007");
  EXPECT_EQ(fold_names({"n0", "n1"}), "n[0-1]");
}

TEST(FoldNames, NumbersTooLongToCountAreNames) {
  const std::string a = "n" + std::string(30, '1');
  const std::string b = "n" + std::string(30, '2');
  EXPECT_EQ(fold_names({a, b}), a + "," + b);
  EXPECT_EQ(fold_names({"999999999999999998", "999999999999999999"}), "[999999999999999998-999999999999999999]");
}

TEST(FoldNames, AThousandTakeALine) {
  std::vector<std::string> names;
  for (int i = 1; i <= 1000; ++i) {
    if (i != 98) names.push_back("n" + std::to_string(i));
  }
  EXPECT_EQ(fold_names(names), "n[1-97,99-1000]");
}

}  // namespace
}  // namespace exocast
