// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/table.h"

#include <gtest/gtest.h>

namespace exocast {
namespace {

TEST(TableTest, ColumnsAreAsWideAsTheyNeedAndLinesEndWithoutSpaces) {
  EXPECT_EQ(table_of({{{"id"}, {"state"}, {"why"}}, {{"long name"}, {"ok"}, {""}}, {{"ä"}, {"ok"}, {"x"}}}, 0, true),
            "id         state  why\n"
            "long name  ok\n"
            "ä          ok     x\n");
}

TEST(TableTest, ColoursAreLeftOutWhereNobodyWantsThemAndTakeNoRoom) {
  const std::vector<std::vector<Cell>> rows = {{{"gone", ansi_red}, {"x"}}, {{"healthy"}, {"y"}}};
  EXPECT_EQ(table_of(rows, 0, false), "gone     x\nhealthy  y\n");
  EXPECT_EQ(table_of(rows, 0, true), "\x1B[31mgone\x1B[0m     x\nhealthy  y\n");
}

TEST(TableTest, LinesAreCutToTheTerminalAndSafeToPrint) {
  EXPECT_EQ(table_of({{{"abc"}, {"defgh"}, {"i"}}}, 8, false), "abc  de…\n");
  EXPECT_EQ(table_of({{{"abcdef"}, {"g"}}}, 3, false), "ab…\n");
  EXPECT_EQ(table_of({{{"\x1B[2J\n"}}}, 0, false), " [2J\n");
}

}  // namespace
}  // namespace exocast
