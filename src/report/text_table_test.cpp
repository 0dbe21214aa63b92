// SPDX-License-Identifier: Apache-2.0
#include "report/text_table.h"

#include <string>

#include <gtest/gtest.h>

namespace exocast {
namespace {

TEST(TextTable, AlignsItsColumnsAndEndsNoLineWithSpaces) {
  EXPECT_EQ(to_text_table({{{"peer"}, {"ms"}, {"reason"}}, {{"n1"}, {"1000.0"}, {""}}, {{"ä"}, {"1"}, {"late"}}}),
            "peer  ms      reason\n"
            "n1    1000.0\n"
            "ä     1       late\n");
  EXPECT_EQ(to_text_table({{{"id"}, {"state"}, {"why"}}, {{"long name"}, {"ok"}, {""}}, {{"ä"}, {"ok"}, {"x"}}}),
            "id         state  why\n"
            "long name  ok\n"
            "ä          ok     x\n");
  EXPECT_EQ(to_text_table({}), "");
}

TEST(TextTable, ColoursNothingButTheText) {
  EXPECT_EQ(to_text_table({{{"up", "\x1B[32m"}, {"1"}}, {{"down"}, {"2"}}}), "\x1B[32mup\x1B[0m    1\ndown  2\n");
  EXPECT_EQ(to_text_table({{{"gone", ansi_red}, {"x"}}, {{"healthy"}, {"y"}}}),
            "\x1B[31mgone\x1B[0m     x\nhealthy  y\n");
}

TEST(TextTable, CutsLongCellsAndLines) {
  const std::string x60(60, 'x');
  EXPECT_EQ(to_text_table({{{x60}, {x60}}}), std::string(47, 'x') + "…  " + x60 + "\n") << "the last cell is whole";
  EXPECT_EQ(to_text_table({{{"abc"}, {"defgh"}, {"i"}}}, 8), "abc  de…\n");
  EXPECT_EQ(to_text_table({{{"abcdef"}, {"g"}}}, 3), "ab…\n");
  EXPECT_EQ(to_text_table({{{x60}, {"y"}}}, 0, 200), x60 + "  y\n");
}

TEST(TextTable, IsSafeToPrint) {
  EXPECT_EQ(to_text_table({{{"a\x1B[2J"}, {"b\nc"}, {"\xff"}}}), "a [2J  b c  \xEF\xBF\xBD\n");
  EXPECT_EQ(to_text_table({{{"\x1B[2J\n"}}}), " [2J\n");
}

}  // namespace
}  // namespace exocast
