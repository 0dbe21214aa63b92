// SPDX-License-Identifier: Apache-2.0
#include "report/report_json.h"

#include <tuple>

#include <gtest/gtest.h>

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

Report sample() {
  Report report{.roster_epoch = 7,
                .elapsed_ms = 1000.125,
                .deadline_ms = 1000,
                .policy = "quorum 2",
                .satisfied = true,
                .outcomes = {{.peer = "n1",
                              .address = "h:1",
                              .link = "native",
                              .outcome = PeerOutcome::delivered,
                              .elapsed_ms = 1.5,
                              .state = "healthy"},
                             {.peer = "n2",
                              .address = "h:2",
                              .link = "exo",
                              .outcome = PeerOutcome::timed_out,
                              .elapsed_ms = 1000,
                              .code = StatusCode::deadline_exceeded,
                              .error = "no answer",
                              .state = "stalled"}}};
  report.broadcast_id = "0123";
  report.message_kind = MessageKind::status;
  report.message_bytes = 12;
  return report;
}

TEST(ReportJsonTest, AReportSurvivesItsJson) {
  for (Report report : {sample(), Report{.deadline_ms = std::nullopt}}) {
    Json heading = to_json(report);
    const std::vector<Json> rows = heading["outcomes"];
    heading.erase("outcomes");
    const auto back = report_from_json(heading, rows);
    ASSERT_TRUE(back);
    EXPECT_EQ(to_json(*back), to_json(report));
  }
}

TEST(ReportJsonTest, EveryKindOfMessageSurvivesAndNoOther) {
  for (const MessageKind kind : {MessageKind::tokens, MessageKind::status, MessageKind::data}) {
    Report report = sample();
    report.message_kind = kind;
    Json heading = to_json(report);
    const std::vector<Json> rows = heading["outcomes"];
    ASSERT_TRUE(report_from_json(heading, rows));
    EXPECT_EQ(report_from_json(heading, rows)->message_kind, kind);
    heading["message"]["kind"] = "tensor";
    EXPECT_FALSE(report_from_json(heading, rows));
  }
}

TEST(ReportJsonTest, AnswersSurviveTheirJson) {
  Answers answers{.roster_epoch = 3, .elapsed_ms = 9, .deadline_ms = 10, .policy = "all"};
  answers.question = "stats";
  const Json heading = to_json(answers);
  answers.outcomes = {{.peer = "n1", .address = "h:1", .outcome = PeerOutcome::answered, .elapsed_ms = 1.5},
                      {.peer = "n2", .address = "h:2", .outcome = PeerOutcome::timed_out, .elapsed_ms = 9}};
  answers.outcomes[0].text = "{\"a\": 1.10}";
  answers.outcomes[1].code = StatusCode::deadline_exceeded;
  answers.outcomes[1].error = "no";
  std::vector<Json> rows;
  for (const PeerAnswer& answer : answers.outcomes) rows.push_back(to_event(answer));
  EXPECT_EQ(rows[0].dump(), R"({"event":"answer","peer":"n1","address":"h:1","outcome":"answered","elapsed_ms":1.5,)"
                            R"("text":"{\"a\": 1.10}","code":"","error":""})");
  const auto back = answers_from_json(heading, rows);
  ASSERT_TRUE(back);
  EXPECT_EQ(to_json(*back), to_json(answers));
  EXPECT_EQ(std::tuple(back->question, back->roster_epoch, back->deadline_ms, back->policy, back->satisfied),
            std::tuple("stats", 3U, 10.0, "all", false));
  ASSERT_EQ(back->receivers(), 2U);
  EXPECT_EQ(back->outcomes[0].text, "{\"a\": 1.10}") << "byte for byte";
  EXPECT_EQ(back->outcomes[1].outcome, PeerOutcome::timed_out);
  EXPECT_EQ(back->outcomes[1].code, StatusCode::deadline_exceeded);
  EXPECT_FALSE(answers_from_json(heading, {Json::object()}));
  EXPECT_FALSE(answers_from_json(Json(), rows));
}

TEST(ReportJsonTest, WhatIsNoReportIsNothing) {
  const Json heading = to_json(sample());
  const std::vector<Json> rows = heading["outcomes"];
  ASSERT_TRUE(report_from_json(heading, rows));
  for (const auto& [key, value] : heading.items()) {
    if (key == "receivers" || key == "counts" || key == "outcomes") continue;  // they follow from the rows
    if (key == "roster_epoch") continue;                                       // not all reports have one
    Json without = heading;
    without.erase(key);
    EXPECT_FALSE(report_from_json(without, rows)) << key;
    Json wrong = heading;
    wrong[key] = Json::array();
    EXPECT_FALSE(report_from_json(wrong, rows)) << key;
  }
  Json row = rows[0];
  row["outcome"] = "lost";
  EXPECT_FALSE(report_from_json(heading, {row}));
  row["outcome"] = "answered";
  EXPECT_FALSE(report_from_json(heading, {row})) << "a word of another report";
  EXPECT_FALSE(report_from_json(Json(), {}));
}

}  // namespace
}  // namespace exocast
