// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace exocast {
namespace {

const std::string euro = "\xE2\x82\xAC";
const std::string bad = "\xEF\xBF\xBD";

TEST(Text, Utf8OfEveryLengthIsAccepted) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("a"));
  EXPECT_TRUE(is_utf8("\xC2\x80 \xDF\xBF"));
  EXPECT_TRUE(is_utf8(euro + "\xED\x9F\xBF\xEE\x80\x80"));
  EXPECT_TRUE(is_utf8("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
}

TEST(Text, MalformedUtf8IsRefused) {
  for (const char* bytes : {"\x80", "\xC0\xAF", "\xC1\xBF", "\xC2", "\xC2 ", "\xE0\x9F\xBF", "\xE2\x82", "\xED\xA0\x80",
                            "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "ok\xE2\x28\xA1"}) {
    EXPECT_FALSE(is_utf8(bytes)) << testing::PrintToString(std::string(bytes));
  }
}

TEST(Text, RepairKeepsWhatIsWellFormedAndMarksTheRest) {
  EXPECT_EQ(to_utf8(euro + "\xFF" + "a\xE2\x82"), euro + bad + "a" + bad + bad);
  EXPECT_EQ(to_utf8(""), "");
}

TEST(Text, RepairOfRandomBytesIsAlwaysUtf8) {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 12, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const std::string repaired = to_utf8(bytes);
    ASSERT_TRUE(is_utf8(repaired));
    ASSERT_EQ(is_utf8(bytes), repaired == bytes) << testing::PrintToString(bytes);
    ASSERT_TRUE(is_utf8(to_line(bytes, random() % 8)));
  }
}

TEST(Text, ALineHasNoControlCharacters) {
  EXPECT_EQ(to_line("a\n\tb\x1B[31m\x7F"), "a  b [31m ");
  EXPECT_EQ(to_line("x\xC2\x9B"
                    "y\xE2\x80\xA8z"),
            "x y z");
  EXPECT_EQ(to_line(std::string("a\0b", 3)), "a b");
}

TEST(Text, ALongLineIsCutAtACharacterAndSaysSo) {
  EXPECT_EQ(to_line("abcdef", 6), "abcdef");
  EXPECT_EQ(to_line("abcdefg", 6), "abcde…");
  EXPECT_EQ(to_line(euro + euro + euro, 2), euro + "…");
  EXPECT_EQ(to_line("ab", 1), "…");
  EXPECT_EQ(to_line("ab", 0), "");
}

TEST(Text, ColumnsAreCodePoints) {
  EXPECT_EQ(columns("abc"), 3U);
  EXPECT_EQ(columns("n" + euro), 2U);
}

}  // namespace
}  // namespace exocast
