// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(ParseDuration, TakesANumberWithAUnit) {
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("15s"), 15s);
  EXPECT_EQ(parse_duration("1.5s"), 1500ms);
  EXPECT_EQ(parse_duration("0.25ms"), 250us);
  EXPECT_EQ(parse_duration("2m"), 2min);
  EXPECT_EQ(parse_duration("24h"), 24h);
  EXPECT_EQ(parse_duration("0s"), 0s);
}

TEST(ParseDuration, RefusesEverythingElseAndQuotesIt) {
  for (const char* text :
       {"", "s", "15", "-1s", "+1s", "1e3s", "1 s", "1.s", ".5s", "1..5s", "1d", "inf s", "nan", "0x10s", "15S"}) {
    const auto duration = parse_duration(text);
    ASSERT_FALSE(duration.has_value()) << text;
    EXPECT_THAT(duration.error(), HasSubstr(std::string("'") + text + "'"));
  }
}

TEST(ParseDuration, RefusesWhatIsLongerThanADay) {
  EXPECT_THAT(parse_duration("25h").error(), HasSubstr("longer than 24h"));
  EXPECT_THAT(parse_duration("99999999999999999999999h").error(), HasSubstr("longer than 24h"));
}

TEST(ParseCount, KeepsToItsRange) {
  EXPECT_EQ(parse_count("1", 1, 64), 1U);
  EXPECT_EQ(parse_count("64", 1, 64), 64U);
  for (const char* text : {"0", "65", "-1", "", "1.0", "1x", " 1", "99999999999999999999999999"}) {
    const auto count = parse_count(text, 1, 64);
    ASSERT_FALSE(count.has_value()) << text;
    EXPECT_THAT(count.error(), HasSubstr("is not a number in 1..64"));
  }
}

TEST(ParseTokens, ReadsAListBetweenCommas) {
  EXPECT_THAT(*parse_tokens("1,2,3"), ElementsAre(1, 2, 3));
  EXPECT_THAT(*parse_tokens(" 7 ,\t-1\r\n"), ElementsAre(7, -1));
  EXPECT_THAT(*parse_tokens("2147483647,-2147483648"), ElementsAre(2147483647, -2147483647 - 1));
  EXPECT_THAT(*parse_tokens(" "), ElementsAre());
}

TEST(ParseTokens, RefusesATokenOutOfRangeByName) {
  EXPECT_EQ(parse_tokens("1,2147483648").error(), "token '2147483648' is not in -2147483648..2147483647");
}

TEST(ParseTokens, RefusesWhatIsNoNumber) {
  for (const char* text : {"1,,2", ",", "1,", "a", "1;2", "1.5", "1 2", "0x1"}) {
    EXPECT_THAT(parse_tokens(text).error(), HasSubstr("is not a token")) << text;
  }
}

TEST(Parse, ErrorsAreOneLineWhateverTheText) {
  for (const std::string& error :
       {parse_tokens("a\nb\033[1m").error(), parse_duration("\n").error(), parse_count("\n", 1, 2).error()}) {
    EXPECT_EQ(error.find_first_of("\n\033"), std::string::npos) << error;
  }
}

}  // namespace
}  // namespace exocast
