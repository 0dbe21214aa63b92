// SPDX-License-Identifier: Apache-2.0
#include "message/json_text.h"

#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace exocast {
namespace {

using testing::HasSubstr;
using testing::Optional;
using testing::StartsWith;

TEST(JsonText, EveryKindOfValueIsJson) {
  for (const char* text : {"null", "true", "-0.5e3", "\"\"", "[]", "{}", " [1, {\"a\": [\"\\u00e9\", null]}] \n"}) {
    EXPECT_EQ(json_fault(text), std::nullopt) << text;
  }
}

TEST(JsonText, MalformedTextIsNamedByLineAndColumn) {
  EXPECT_THAT(json_fault("{\n  \"a\": 1,\n  b\n}"), Optional(StartsWith("line 3, column 3: ")));
  EXPECT_THAT(json_fault(""), Optional(StartsWith("line 1, column 1: ")));
  EXPECT_THAT(json_fault("{} {}"), Optional(StartsWith("line 1, column 4: ")));
  EXPECT_THAT(json_fault("NaN"), Optional(StartsWith("line 1, column 1: ")));
  EXPECT_THAT(json_fault("1e999"), Optional(HasSubstr("line 1, column 5: number overflow")));
}

TEST(JsonText, AZeroByteDoesNotHideWhatFollows) {
  EXPECT_THAT(json_fault(std::string("{}\0{\"forged\":1}", 15)), Optional(std::string("byte 3 is zero")));
}

TEST(JsonText, AByteOrderMarkIsRefused) {
  EXPECT_THAT(json_fault("\xEF\xBB\xBF{}"), Optional(HasSubstr("byte-order mark")));
}

TEST(JsonText, InvalidUtf8IsRefusedAndTheReasonIsPrintable) {
  const std::string fault = json_fault("\"\xC3\x28\"").value_or("");
  EXPECT_THAT(fault, HasSubstr("UTF-8"));
  EXPECT_TRUE(is_utf8(fault));
}

TEST(JsonText, AReasonIsOneBoundedLine) {
  const std::string fault = json_fault("\"" + std::string(1'000'000, 'x') + "\n").value_or("");
  EXPECT_THAT(fault, StartsWith("line "));
  EXPECT_LE(columns(fault), 200U);
  EXPECT_EQ(fault.find('\n'), std::string::npos);
}

TEST(JsonText, OfLongStringsAndWhiteSpaceTheParserGetsAPartAndPlacesAreStillTrue) {
  const std::string blank(100'000, ' ');
  std::string letters;
  while (letters.size() < 100'000) letters += "\u00e9x\u20ac";
  EXPECT_EQ(json_fault("[\"" + letters + "\"," + blank + "{\"" + letters + "\\\"" + letters + "\":1}]"), std::nullopt);
  EXPECT_THAT(json_fault(blank + "[\"" + letters + "\"]\n" + blank + "x"),
              Optional(StartsWith("line 2, column 100001: syntax error")));
  EXPECT_THAT(json_fault("[\"" + letters + "\n\"]"), Optional(StartsWith("line 2, column 0: ")));
  EXPECT_THAT(json_fault("[\"" + letters), Optional(HasSubstr("missing closing quote")));
  EXPECT_THAT(json_fault("[\"" + blank + "\xff\"]"), Optional(std::string("line 1, column 100003: not UTF-8")));
}

TEST(JsonText, ALargeTextIsCheckedAsItsPartsAre) {
  const std::string padding = "\"" + std::string(70'000, 'x') + "\"";
  const std::string alphabet = "{}[]\",:\\ \n\t0123-.eEtrufalsn\x01";
  std::mt19937 random(11);
  int passed = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string text(1 + random() % 8, ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    const bool is_json = !json_fault("[0," + text + "]");
    passed += is_json ? 1 : 0;
    ASSERT_EQ(!json_fault("[" + padding + "," + text + "]"), is_json) << text;
  }
  EXPECT_GT(passed, 5);
}

TEST(JsonText, DeepNestingIsRefusedWithoutRecursion) {
  EXPECT_EQ(json_fault(std::string(512, '[') + std::string(512, ']')), std::nullopt);
  EXPECT_THAT(json_fault(std::string(5'000'000, '[')), Optional(std::string("nested deeper than 512 levels")));
}

TEST(JsonText, DuplicateKeysAreNamedByTheirPath) {
  const JsonRules strict{.unique_keys = true};
  const std::string text = R"({"peers":{"n1":{"port":1},"n2":{"port":1,"port":2}}})";
  EXPECT_THAT(json_fault(text, strict), Optional(std::string("peers.n2.port: this key appears twice")));
  EXPECT_EQ(json_fault(text), std::nullopt);
  EXPECT_EQ(json_fault(R"({"a":{"x":1},"b":{"x":1}})", strict), std::nullopt);
}

TEST(JsonText, TooManyMembersAreRefused) {
  EXPECT_EQ(json_fault(R"({"a":1,"b":2})", {.max_members = 2}), std::nullopt);
  EXPECT_THAT(json_fault(R"({"a":{"b":1,"c":2,"d":3}})", {.max_members = 2}),
              Optional(std::string("a: more than 2 entries")));
  EXPECT_THAT(json_fault(R"({"b":1,"c":2,"d":3})", {.max_members = 2}), Optional(std::string("more than 2 entries")));
}

TEST(JsonText, OneLineKeepsEveryTokenAsItWasWritten) {
  EXPECT_EQ(json_on_one_line("{ \"b\" :\t1.50,\r\n \"a\" : [ 1e2 , \" x \\\" y \\\\\" ] }\n"),
            R"({"b":1.50,"a":[1e2," x \" y \\"]})");
}

TEST(JsonText, WhateverPassesTheCheckIsTheSameValueOnOneLine) {
  const std::string alphabet = "{}[]\",:\\ \n\t0123-.eEtrufalsn\x01";
  std::mt19937 random(7);
  int passed = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string text(1 + random() % 8, ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    if (json_fault(text)) continue;
    ++passed;
    const std::string line = json_on_one_line(text);
    ASSERT_EQ(line.find('\n'), std::string::npos);
    ASSERT_EQ(nlohmann::json::parse(line), nlohmann::json::parse(text)) << text;
  }
  EXPECT_GT(passed, 300);
}

TEST(JsonText, AnyBytesBecomeAJsonString) {
  EXPECT_EQ(json_string("a\"\n\x01"), R"("a\"\n\u0001")");
  EXPECT_EQ(json_string("\xFF"), "\"\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace exocast
