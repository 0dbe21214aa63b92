// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/event_lines.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

const EventLines for_people("n1", false);
const EventLines for_programs("n\"1", true);

TEST(EventLines, ForPeopleAreShortSentences) {
  EXPECT_EQ(for_people.listening({"127.0.0.1", 50051}, PeerAddress{"127.0.0.1", 7}), "n1 listens on 127.0.0.1:50051\n");
  EXPECT_EQ(for_people.message(*Message::token_result("r1", std::vector{1, 2, 3}, true)),
            "tokens r1: 1,2,3 finished\n");
  EXPECT_EQ(for_people.message(*Message::opaque_status("", R"({"a": 1})")), "status: {\"a\": 1}\n");
  EXPECT_EQ(for_people.message(*Message::data("news", "tätä\nx")), "data news: tätä x\n");
  EXPECT_EQ(for_people.message(*Message::data("", "\xff\xfe")), "data: (2 bytes)\n");
  EXPECT_EQ(for_people.stopped({.accepted_total = 12, .refused_total = 1}),
            "n1 stopped: 12 messages accepted, 1 refused\n");
}

TEST(EventLines, ForProgramsAreJson) {
  EXPECT_EQ(for_programs.listening({"::1", 7}, std::nullopt),
            "{\"event\":\"listening\",\"id\":\"n\\\"1\",\"address\":\"[::1]:7\"}\n");
  EXPECT_EQ(for_programs.listening({"::1", 7}, PeerAddress{"::1", 8}),
            "{\"event\":\"listening\",\"id\":\"n\\\"1\",\"address\":\"[::1]:7\",\"native\":\"[::1]:8\"}\n");
  const Message message = *Message::token_result("r1", std::vector{1}, false);
  EXPECT_EQ(for_programs.message(message), to_json_line(message) + "\n");
  EXPECT_EQ(for_programs.stopped({.accepted_total = 2}),
            "{\"event\":\"stopped\",\"id\":\"n\\\"1\",\"accepted\":2,\"refused\":0}\n");
}

TEST(EventLines, WhatStrangersSentIsSafeToPrintAndShort) {
  const std::string line =
      for_people.message(*Message::opaque_status("\x1B[2J\n", '"' + std::string(10'000, 'x') + '"'));
  EXPECT_EQ(line.find_first_of("\x1B"), std::string::npos);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_LE(columns(line), 201U);
  const std::string tokens =
      for_people.message(*Message::token_result("r", std::vector<std::int32_t>(10'000, 7), true));
  EXPECT_LE(columns(tokens), 210U);
  EXPECT_TRUE(tokens.ends_with("… finished\n")) << tokens;
}

std::string line_of(const char* event) { return to_watch_line(Json::parse(event)); }

TEST(WatchLinesTest, EachEventIsALine) {
  EXPECT_EQ(line_of(R"({"event":"watching","id":"n1"})"), "n1 is watched\n");
  EXPECT_EQ(line_of(R"({"event":"stable","message":7,"sender":"a","stable":"yes"})"),
            "(message 7: every receiver has it)\n");
  EXPECT_EQ(line_of(R"({"event":"stable","message":8,"sender":"a","stable":"no"})"),
            "(message 8: a receiver did not accept it)\n");
  EXPECT_EQ(line_of(R"({"event":"stable","message":9,"sender":"","stable":"unknown"})"),
            "(message 9: its sender does not say who has it)\n");
  EXPECT_EQ(line_of(R"({"event":"message","kind":"tokens","request_id":"r","tokens":[1,-2],"finished":true})"),
            "tokens r: 1,-2 finished\n");
  EXPECT_EQ(line_of(R"({"event":"message","kind":"status","request_id":"","status":{"b":1,"a":[null]}})"),
            "status: {\"b\":1,\"a\":[null]}\n");
  EXPECT_EQ(line_of(R"({"event":"message","kind":"tokens","request_id":"r","tokens":[],"finished":false,)"
                    R"("tensor":{"dtype":"float32","shape":[2,3],"bytes":24}})"),
            "tokens r: float32 tensor of [2,3], 24 bytes\n");
  EXPECT_EQ(line_of(R"({"event":"message","kind":"status","request_id":"r","too_long":9000000})"),
            "status r: (9000000 bytes, too long to show)\n");
  EXPECT_EQ(line_of(R"({"event":"message","kind":"data","topic":"news","text":"a"})"), "data news: a\n");
  EXPECT_EQ(line_of(R"({"event":"message","kind":"data","topic":"","base64":"//4="})"), "data: (2 bytes)\n");
  EXPECT_EQ(line_of(R"({"event":"message","kind":"data","topic":"t","too_long":9000000})"),
            "data t: (9000000 bytes, too long to show)\n");
  EXPECT_EQ(line_of(R"({"event":"message","kind":"data","topic":"t","text":"a","replayed":true})"),
            "(replayed) data t: a\n");
  EXPECT_EQ(line_of(R"({"event":"replay","peer":"n1","messages":3,"left_out":0})"), "(n1: 3 messages replayed)\n");
  EXPECT_EQ(line_of(R"({"event":"replay","peer":"n1","messages":3,"left_out":2})"),
            "(n1: 3 messages replayed, 2 left out)\n");
  EXPECT_EQ(line_of(R"({"event":"replay","peer":"n1","error":"a\nb"})"), "(n1: no replay: a b)\n");
  EXPECT_EQ(line_of(R"({"event":"gap","missed":3})"), "(3 messages missed)\n");
  EXPECT_EQ(line_of(R"({"end":true,"messages":5,"missed":3})"), "5 messages seen, 3 missed\n");
}

TEST(WatchLinesTest, WhatIsNotKnownIsNoLineAndWhatIsKnownIsSafeToPrint) {
  EXPECT_EQ(line_of(R"({"event":"later"})"), "");
  EXPECT_EQ(line_of(R"({"event":"message","kind":"tokens","request_id":"a\nb\u001b[2J","tokens":[]})"),
            "tokens a b [2J: \n");
}

}  // namespace
}  // namespace exocast
