// SPDX-License-Identifier: Apache-2.0
// The question "replay" and its answer, good and hostile.
#include "node/replay_question.h"

#include <limits>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "testing/sim_loop.h"

namespace exocast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::uint64_t> positions(const Replay& replay, StreamClass of) {
  std::vector<std::uint64_t> all;
  for (const Replayed& one : replay.messages) {
    if (one.origin.stream_class == of) all.push_back(one.origin.position);
  }
  return all;
}

Message data(std::size_t bytes) { return *Message::data("t", std::string(bytes, 'x')); }

struct ReplayQuestion : testing::Test {
  void publish(const Message& message, StreamClass of = StreamClass::tokens) {
    EXPECT_TRUE(broadcaster.publish(message, {.stream_class = of}));
  }
  /// What an asker gets.
  Replay replay(const ReplayRequest& request = {}) {
    const auto answer = replay_answer(broadcaster, true, replay_question(request).argument());
    EXPECT_TRUE(answer) << answer.error().text;
    EXPECT_LE(answer->size(), Question::answer_bytes_max);
    auto read = read_replay(*answer, request);
    EXPECT_TRUE(read) << read.error();
    return read.value_or(Replay());
  }

  SimLoop loop{1};
  Broadcaster broadcaster{loop, Roster(), {.replay = {.messages = 1000}, .seed = 1}};
};

TEST_F(ReplayQuestion, BringsAllClassesWithTheirOriginsInOrder) {
  publish(*Message::token_result("r", std::vector{1, 2}, false));
  publish(*Message::data("news", "\xff"));
  publish(*Message::opaque_status("s", R"({"a":1})"), StreamClass::control);
  const Replay got = replay();
  ASSERT_EQ(got.messages.size(), 3U);
  EXPECT_EQ(got.messages[0].message.status(), R"({"a":1})");
  EXPECT_EQ(got.messages[0].origin,
            (Origin{.log = broadcaster.log(), .position = 1, .stream_class = StreamClass::control}));
  EXPECT_THAT(got.messages[1].message.tokens(), ElementsAre(1, 2));
  EXPECT_EQ(got.messages[2].message.payload(), "\xff");
  EXPECT_EQ(got.messages[2].origin.position, 2U);
  EXPECT_EQ(got.log, broadcaster.log());
  EXPECT_EQ(got.left_out, 0U);
}

TEST_F(ReplayQuestion, BringsOneClassOrWhatIsBehindAPosition) {
  for (int i = 0; i < 4; ++i) publish(data(1));
  publish(data(1), StreamClass::bulk);
  EXPECT_THAT(positions(replay({.stream_class = StreamClass::bulk}), StreamClass::bulk), ElementsAre(1));
  const Origin last = {.log = broadcaster.log(), .position = 2};
  const Replay later = replay({.after = last});
  EXPECT_EQ(later.messages.size(), 2U);
  EXPECT_THAT(positions(later, StreamClass::tokens), ElementsAre(3, 4));
}

TEST_F(ReplayQuestion, OfASenderThatWasStartedAgainItBringsAll) {
  for (int i = 0; i < 3; ++i) publish(data(1));
  const Replay got = replay({.after = {.log = broadcaster.log() + 1, .position = 100}});
  EXPECT_THAT(positions(got, StreamClass::tokens), ElementsAre(1, 2, 3));
}

TEST_F(ReplayQuestion, BringsTheNewestOfMoreThanWereAskedFor) {
  for (int i = 0; i < 5; ++i) publish(data(1));
  const Replay got = replay({.messages_max = 2});
  EXPECT_THAT(positions(got, StreamClass::tokens), ElementsAre(4, 5));
  EXPECT_EQ(got.left_out, 3U);
}

TEST_F(ReplayQuestion, BringsTheNewestThatFitIntoAnAnswer) {
  for (int i = 0; i < 100; ++i) publish(data(100'000));
  const Replay got = replay({.stream_class = StreamClass::tokens});
  EXPECT_THAT(positions(got, StreamClass::tokens), ElementsAre(94, 95, 96, 97, 98, 99, 100));
  EXPECT_EQ(got.left_out, 93U);
}

TEST_F(ReplayQuestion, ABusyClassLeavesTheOthersTheirRoom) {
  for (int i = 0; i < 20; ++i) publish(data(90'000), StreamClass::control);
  for (int i = 0; i < 20; ++i) publish(data(90'000));
  const Replay got = replay();
  EXPECT_THAT(positions(got, StreamClass::control), ElementsAre(19, 20));
  EXPECT_THAT(positions(got, StreamClass::tokens), ElementsAre(18, 19, 20)) << "they have what control could not use";
  EXPECT_EQ(got.left_out, 35U);
}

TEST_F(ReplayQuestion, AMessageLargerThanAnAnswerIsLeftOutAndHidesNoOther) {
  publish(data(1));
  publish(data(Question::answer_bytes_max));
  publish(data(1));
  const Replay got = replay();
  EXPECT_THAT(positions(got, StreamClass::tokens), ElementsAre(1, 3));
  EXPECT_EQ(got.left_out, 1U);
}

TEST_F(ReplayQuestion, WithoutMessagesTheAnswerIsEmpty) {
  EXPECT_THAT(replay().messages, IsEmpty());
  EXPECT_EQ(replay().log, broadcaster.log());
}

TEST_F(ReplayQuestion, ANodeThatKeepsNothingSaysHowToChangeThat) {
  const auto answer = replay_answer(broadcaster, false, "");
  EXPECT_EQ(answer.error(), Status::not_found("this node keeps no messages: start it with --replay N"));
}

TEST_F(ReplayQuestion, ABadArgumentIsNamed) {
  const std::pair<const char*, const char*> arguments[] = {
      {"x", "line 1"},
      {"[]", "not a JSON object"},
      {R"({"class":"fast"})", "'class' is none of control, tokens and bulk"},
      {R"({"class":7})", "'class' is not a string"},
      {R"({"after":1,"log":2})", "'after' needs 'class'"},
      {R"({"class":"bulk","after":1})", "'log' and 'after' need each other"},
      {R"({"class":"bulk","log":1})", "'log' and 'after' need each other"},
      {R"({"class":"bulk","log":1,"after":-1})", "'after' is not a whole number"},
      {R"({"most":0})", "'most' is not a whole number in 1..65536"},
      {R"({"most":65537})", "'most' is not a whole number in 1..65536"},
      {R"({"mots":1})", "the key 'mots' is unknown"},
      {R"({"a":[[[[1]]]]})", "deep"},
  };
  for (const auto& [argument, fault] : arguments) {
    const auto answer = replay_answer(broadcaster, true, argument);
    ASSERT_FALSE(answer) << argument;
    EXPECT_EQ(answer.error().code, StatusCode::invalid_argument) << argument;
    EXPECT_THAT(answer.error().text, HasSubstr("the argument of 'replay': ")) << argument;
    EXPECT_THAT(answer.error().text, HasSubstr(fault)) << argument;
  }
}

TEST_F(ReplayQuestion, ARequestKeepsItsMeaningAsAQuestion) {
  const auto largest = std::numeric_limits<std::uint64_t>::max();
  const ReplayRequest request = {.after = {.log = largest, .position = largest, .stream_class = StreamClass::bulk},
                                 .messages_max = ReplayRequest::messages_limit};
  const auto read = replay_request(replay_question(request).argument());
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->after, request.after);
  EXPECT_EQ(read->messages_max, request.messages_max);
  EXPECT_EQ(replay_question({}).argument(), R"({"most":1024})");
  EXPECT_TRUE(replay_request("")) << "as `exocast ask replay` asks it";
}

std::string row(const char* of, std::uint64_t position, const Message& message) {
  return fmt::format(R"({{"class":"{}","position":{},"kind":"{}","base64":"{}"}})", of, position,
                     to_string(message.kind()), to_base64(message.encoded()));
}

TEST(ReplayAnswer, AHostileOneIsAnErrorThatSaysWhatIsWrong) {
  const std::string good = row("tokens", 5, data(1));
  const auto answer = [](const std::string& rows) { return R"({"log":7,"messages":[)" + rows + "]}"; };
  const ReplayRequest request = {.after = {.log = 7, .position = 4}, .messages_max = 2};
  ASSERT_TRUE(read_replay(answer(good), request));
  const std::pair<std::string, const char*> answers[] = {
      {"", "line 1"},
      {"\xff", "line 1"},
      {"[]", "not a JSON object"},
      {"{}", "no 'log'"},
      {R"({"log":-7,"messages":[]})", "'log' is not a whole number"},
      {R"({"log":1e30,"messages":[]})", "'log' is not a whole number"},
      {R"({"log":7})", "'messages' is not a list"},
      {R"({"log":7,"messages":{}})", "'messages' is not a list"},
      {R"({"log":7,"left_out":"many","messages":[]})", "'left_out' is not a whole number"},
      {answer("7"), "message 1: it is not a JSON object"},
      {answer("{}"), "message 1: 'class' is none of"},
      {answer(R"({"class":"tokens"})"), "message 1: 'kind' is none of"},
      {answer(R"({"class":"tokens","kind":"data"})"), "message 1: it has no 'position'"},
      {answer(R"({"class":"tokens","kind":"data","position":0})"), "'position' is not a whole number"},
      {answer(R"({"class":"tokens","kind":"data","position":5})"), "'base64' is not in base64"},
      {answer(R"({"class":"tokens","kind":"data","position":5,"base64":"%"})"), "'base64' is not in base64"},
      {answer(R"({"class":"tokens","kind":"status","position":5,"base64":"/////w=="})"), "message 1: "},
      {answer(row("control", 5, data(1))), "the class control was not asked for"},
      {answer(row("tokens", 4, data(1))), "its position is 4, and later ones than 4 were asked for"},
      {answer(good + "," + good), "message 2: it is not behind the one before it"},
      {answer(good + "," + row("tokens", 6, data(1)) + "," + row("tokens", 7, data(1))),
       "message 3: 2 of the class tokens were asked for"},
      {answer("[[[[[[]]]]]]"), "deep"},
      {std::string(Question::answer_bytes_max + 1, ' '), "it has 1048577 bytes"},
  };
  for (const auto& [text, fault] : answers) {
    const auto read = read_replay(text, request);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error(), testing::StartsWith("invalid replay: ")) << text;
    EXPECT_THAT(read.error(), HasSubstr(fault)) << text;
  }
}

TEST(ReplayAnswer, ManyMessagesOfOneClassAreNotReadForAnother) {
  std::string rows;
  for (std::uint64_t position = 1; position <= 2; ++position) {
    rows += row("control", position, data(1)) + "," + row("tokens", position, data(1)) + ",";
  }
  rows.pop_back();
  const auto read = read_replay(R"({"log":7,"messages":[)" + rows + "]}", {});
  EXPECT_THAT(read.error(), HasSubstr("message 3: it is not behind")) << "the classes have their order";
}

TEST(ReplayAnswer, ANewerNodeMaySayMore) {
  const auto read = read_replay(R"({"log":7,"messages":[],"oldest":3})", {});
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->log, 7U);
}

}  // namespace
}  // namespace exocast
