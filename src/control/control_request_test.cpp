// SPDX-License-Identifier: Apache-2.0
#include "control/control_request.h"

#include <array>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

TEST(ControlRequestTest, WhatOneEndWritesTheOtherReads) {
  for (const ControlRequest& request :
       {ControlRequest(InfoRequest()), ControlRequest(PeersRequest()), ControlRequest(WatchRequest()),
        ControlRequest(WatchRequest{.topic = "weights ☃"}), ControlRequest(WatchRequest{.stable = true}),
        ControlRequest(WatchRequest{.replay = true}), ControlRequest(WatchRequest{.request_id = ""}),
        ControlRequest(WatchRequest{.request_id = "r \"1\""}), ControlRequest(CancelRequest())}) {
    const auto parsed = parse_control_request(encode(request));
    ASSERT_TRUE(parsed) << parsed.error();
    ASSERT_EQ(parsed->index(), request.index());
    if (const auto* topology = std::get_if<TopologyRequest>(&request)) {
      EXPECT_EQ(std::get<TopologyRequest>(*parsed), *topology);
    }
    if (const auto* watch = std::get_if<WatchRequest>(&request)) {
      EXPECT_EQ(std::get<WatchRequest>(*parsed), *watch);
    }
  }
}

TEST(ControlRequestTest, AStatusIsSentByteForByte) {
  const std::string_view text = "{ \"number\": 1.10, \"ä\": \"\\u2603 ☃\" }";
  const auto parsed = parse_control_request(encode(SendRequest{.message = *Message::opaque_status("r", text)}));
  ASSERT_TRUE(parsed) << parsed.error();
  const auto& send = std::get<SendRequest>(*parsed);
  EXPECT_EQ(send.message.status(), text);
  EXPECT_EQ(send.message.request_id(), "r");
  EXPECT_EQ(send.timeout, 15s);
  EXPECT_EQ(send.limit, 65'536U);
  EXPECT_EQ(send.quorum, std::nullopt);
  EXPECT_FALSE(send.progress);
}

TEST(ControlRequestTest, DataIsSentByteForByteAsTextOrNot) {
  for (const std::string& payload : {std::string("tätä \"x\"\n"), std::string("\xff\0\n", 3), std::string()}) {
    const std::string line = encode(SendRequest{.message = *Message::data("weights", payload)});
    EXPECT_EQ(line.contains("base64"), payload.starts_with('\xff'));
    const auto parsed = parse_control_request(line);
    ASSERT_TRUE(parsed) << parsed.error();
    const auto& send = std::get<SendRequest>(*parsed);
    EXPECT_EQ(send.message.kind(), MessageKind::data);
    EXPECT_EQ(send.message.topic(), "weights");
    EXPECT_EQ(send.message.payload(), payload);
  }
  const auto without_topic = parse_control_request(R"({"v":1,"do":"send","kind":"data","text":"x"})");
  ASSERT_TRUE(without_topic) << without_topic.error();
  EXPECT_EQ(std::get<SendRequest>(*without_topic).message.topic(), "");
}

TEST(ControlRequestTest, TokensWithAllTheirOptions) {
  constexpr std::array<std::int32_t, 3> tokens = {1, -2, 2'147'483'647};
  const SendRequest asked{.message = *Message::token_result("r", tokens, true),
                          .timeout = 1500us,
                          .limit = 3,
                          .quorum = 2,
                          .progress = true};
  const auto parsed = parse_control_request(encode(asked));
  ASSERT_TRUE(parsed) << parsed.error();
  const auto& send = std::get<SendRequest>(*parsed);
  EXPECT_THAT(send.message.tokens(), testing::ElementsAreArray(tokens));
  EXPECT_TRUE(send.message.finished());
  EXPECT_EQ(send.timeout, 1500us);
  EXPECT_EQ(send.limit, 3U);
  EXPECT_EQ(send.quorum, 2U);
  EXPECT_TRUE(send.progress);
}

TEST(ControlRequestTest, AQuestionWithItsArgument) {
  const AskRequest asked{.question = *Question::make("stats", "lanes ☃"), .timeout = 2s, .limit = 5, .quorum = 1};
  const auto parsed = parse_control_request(encode(asked));
  ASSERT_TRUE(parsed) << parsed.error();
  const auto& ask = std::get<AskRequest>(*parsed);
  EXPECT_EQ(ask.question.name(), "stats");
  EXPECT_EQ(ask.question.argument(), "lanes ☃");
  EXPECT_EQ(ask.timeout, 2s);
  EXPECT_EQ(ask.limit, 5U);
  EXPECT_EQ(ask.quorum, 1U);
}

TEST(ControlRequestTest, WhatIsWrongIsSaidInOneLine) {
  const std::string send = R"({"v":1,"do":"send","kind":"tokens","request_id":"r",)";
  const std::string deep = R"({"v":1,"do":"watch","request_id":[[[[[[[[1]]]]]]]]})";
  const std::pair<std::string, std::string> wrong[] = {
      {"", "line 1"},
      {"info", "line 1, column 1"},
      {"[]", "not a JSON object"},
      {R"({"do":"info"})", "'v' has to be 1"},
      {R"({"v":2,"do":"info"})", "'v' has to be 1"},
      {R"({"v":"1","do":"info"})", "'v' is not a number"},
      {R"({"v":1})", "'' is none of info, peers, topology, ask, watch, send and cancel"},
      {R"({"v":1,"do":"frobnicate"})", "'frobnicate' is none of"},
      {R"({"v":1,"do":7})", "'do' is not a string"},
      {R"({"v":1,"do":"info","do":"peers"})", "do"},
      {R"({"v":1,"do":"info","tiemout":1})", "the key 'tiemout' is unknown here"},
      {R"({"v":1,"do":"watch","request_id":7})", "'request_id' is not a string"},
      {R"({"v":1,"do":"ask"})", "question"},
      {R"({"v":1,"do":"ask","question":"What?"})", "question"},
      {R"({"v":1,"do":"topology","timeout_ms":-1})", "'timeout_ms' is not a number above 0"},
      {deep, "nested deeper than 8 levels"},
      {R"({"v":1,"do":"send"})", "'kind' is none of"},
      {R"({"v":1,"do":"send","kind":"status"})", "needs the key 'status'"},
      {R"({"v":1,"do":"send","kind":"data"})", "one of the keys 'text' and 'base64'"},
      {R"({"v":1,"do":"send","kind":"data","text":"","base64":""})", "one of the keys 'text' and 'base64'"},
      {R"({"v":1,"do":"send","kind":"data","base64":"Zg"})", "'base64' is not in base64"},
      {R"({"v":1,"do":"send","kind":"data","text":"","request_id":"r"})", "the key 'request_id' is unknown here"},
      {R"({"v":1,"do":"send","kind":"data","text":"","topic":1})", "'topic' is not a string"},
      {R"({"v":1,"do":"watch","topic":1})", "'topic' is not a string"},
      {R"({"v":1,"do":"send","kind":"status","status":{}})", "'status' is not a string"},
      {R"({"v":1,"do":"send","kind":"status","status":"{"})", "line 1, column 2"},
      {send + R"("tokens":1})", "'tokens' is not a list of whole numbers of 32 bits"},
      {send + R"("tokens":[1,1.5]})", "'tokens' is not"},
      {send + R"("tokens":[2147483648]})", "'tokens' is not"},
      {send + R"("tokens":[18446744073709551615]})", "'tokens' is not"},
      {send + R"("tokens":[],"finished":1})", "'finished' is not true or false"},
      {send + R"("tokens":[],"timeout_ms":0})", "'timeout_ms' is not a number above 0"},
      {send + R"("tokens":[],"timeout_ms":86400001})", "'timeout_ms' is not a number above 0, up to 86400000"},
      {send + R"("tokens":[],"limit":0})", "'limit' is not a whole number in 1..65536"},
      {send + R"("tokens":[],"quorum":-1})", "'quorum' is not a whole number in 1..65536"},
      {send + R"("tokens":[],"quorum":65537})", "'quorum' is not"},
  };
  for (const auto& [line, part] : wrong) {
    const auto parsed = parse_control_request(line);
    ASSERT_FALSE(parsed) << line;
    EXPECT_THAT(parsed.error(), StartsWith("request: ")) << line;
    EXPECT_THAT(parsed.error(), HasSubstr(part)) << line;
    EXPECT_EQ(parsed.error().find('\n'), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace exocast
