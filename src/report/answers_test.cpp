// SPDX-License-Identifier: Apache-2.0
#include "exocast/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace exocast {
namespace {

using testing::HasSubstr;

PeerAnswer answered(std::string peer, std::string text) {
  return {.peer = std::move(peer), .address = "10.0.0.1:1", .outcome = PeerOutcome::answered, .text = std::move(text)};
}

PeerAnswer without(std::string peer, PeerOutcome outcome, StatusCode code, std::string error) {
  return {.peer = std::move(peer), .outcome = outcome, .code = code, .error = std::move(error)};
}

TEST(Answers, JsonSaysWhatHappened) {
  Answers answers{
      .elapsed_ms = 1001.23456,
      .deadline_ms = 1000,
      .policy = "quorum 2",
      .outcomes = {answered("n1", "0.3.0"), without("n2", PeerOutcome::failed, StatusCode::not_found, "no")}};
  answers.question = "version";
  EXPECT_EQ(to_json(answers).dump(),
            R"({"question":"version","receivers":2,"elapsed_ms":1001.235,"deadline_ms":1000.0,"policy":"quorum 2",)"
            R"("satisfied":false,"counts":{"answered":1,"failed":1,"timed_out":0,"cancelled":0,"not_started":0,)"
            R"("skipped":0},"answers":[{"peer":"n1","address":"10.0.0.1:1","outcome":"answered","elapsed_ms":0.0,)"
            R"("answer":"0.3.0","code":"","error":""},{"peer":"n2","address":"","outcome":"failed","elapsed_ms":0.0,)"
            R"("answer":null,"code":"NOT_FOUND","error":"no"}]})");
}

TEST(Answers, JsonNamesTheEpochUnlessTheListIsFixed) {
  EXPECT_EQ(to_json(Answers{.roster_epoch = 7})["roster_epoch"], 7);
  EXPECT_FALSE(to_json(Answers{}).contains("roster_epoch"));
}

TEST(Answers, AnAnswerThatIsAJsonObjectOrArrayIsEmbeddedAndAnythingElseIsText) {
  const auto content = [](const std::string& text) { return to_json(answered("n", text))["answer"].dump(); };
  EXPECT_EQ(content(" {\"b\":1, \"a\":[2]}"), R"({"b":1,"a":[2]})");
  EXPECT_EQ(content("[1]"), "[1]");
  EXPECT_EQ(content("1.5"), R"("1.5")") << "a version";
  EXPECT_EQ(content("true"), R"("true")");
  EXPECT_EQ(content(""), R"("")");
  EXPECT_EQ(content("{broken"), R"("{broken")");
  EXPECT_EQ(content("\xff"), "\"\xef\xbf\xbd\"");
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  EXPECT_EQ(content(deep), '"' + deep + '"') << "deeper than JSON may be";
}

TEST(AnswersTable, WhoSaidTheSameSharesAnEntryInTheOrderOfTheReceivers) {
  Answers answers{.elapsed_ms = 5, .satisfied = true};
  for (const auto* peer : {"n1", "n2", "n3", "n5"}) answers.outcomes.push_back(answered(peer, "0.3.0"));
  answers.outcomes.insert(answers.outcomes.begin() + 2, answered("n4", "0.2.9"));
  EXPECT_EQ(to_table(answers), "n[1-3,5]: 0.3.0\nn4: 0.2.9\n5/5 answered in 5.0 ms\n");
}

TEST(AnswersTable, WhoDidNotAnswerIsNamedWithTheReason) {
  const Answers answers{
      .roster_epoch = 3,
      .elapsed_ms = 1000,
      .policy = "all",
      .outcomes = {without("n1", PeerOutcome::timed_out, StatusCode::deadline_exceeded, "no answer in time"),
                   without("n2", PeerOutcome::skipped, StatusCode::ok, "there is no link to this peer"),
                   answered("n3", "yes")}};
  EXPECT_EQ(to_table(answers),
            "n1: timed out: DEADLINE_EXCEEDED: no answer in time\n"
            "n2: skipped: there is no link to this peer\n"
            "n3: yes\n"
            "1/3 of epoch 3 answered, 1 timed out, 1 skipped in 1000.0 ms; policy all not satisfied\n");
}

TEST(AnswersTable, AnAnswerOfSeveralLinesGoesBelowItsNames) {
  const Answers answers{.satisfied = true, .outcomes = {answered("n1", "a\nb\n"), answered("n2", "a\nb\n")}};
  EXPECT_THAT(to_table(answers), HasSubstr("n[1-2]:\n  a\n  b\n2/2"));
}

TEST(AnswersTable, WhatPeersSayIsSafeToPrint) {
  const Answers answers{.satisfied = true, .outcomes = {answered("n1", "\x1B[2Jgone\r\xff")}};
  EXPECT_THAT(to_table(answers), HasSubstr("n1:  [2Jgone \xef\xbf\xbd\n"));
  EXPECT_THAT(to_table(answers, true), HasSubstr("\x1B[32mn1\x1B[0m: "));
}

}  // namespace
}  // namespace exocast
