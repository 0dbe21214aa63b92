// SPDX-License-Identifier: Apache-2.0
#include "report/report_json.h"

#include <tuple>

#include <gtest/gtest.h>

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

Report sample() {
  return {.broadcast_id = "0123",
          .roster_epoch = 7,
          .message_kind = MessageKind::status,
          .message_bytes = 12,
          .elapsed_ms = 1000.125,
          .deadline_ms = 1000,
          .policy = "quorum 2",
          .satisfied = true,
          .outcomes = {{.peer = "n1",
                        .address = "h:1",
                        .link = "native",
                        .outcome = DeliveryOutcome::delivered,
                        .elapsed_ms = 1.5,
                        .state = "healthy"},
                       {.peer = "n2",
                        .address = "h:2",
                        .link = "exo",
                        .outcome = DeliveryOutcome::timed_out,
                        .elapsed_ms = 1000,
                        .code = StatusCode::deadline_exceeded,
                        .error = "no answer",
                        .state = "stalled"}}};
}

TEST(ReportJsonTest, AReportSurvivesItsJson) {
  for (Report report : {sample(), Report{.message_kind = MessageKind::tokens, .deadline_ms = std::nullopt}}) {
    Json heading = to_json(report);
    const std::vector<Json> rows = heading["outcomes"];
    heading.erase("outcomes");
    const auto back = report_from_json(heading, rows);
    ASSERT_TRUE(back);
    EXPECT_EQ(to_json(*back), to_json(report));
  }
}

TEST(ReportJsonTest, AnswersSurviveTheirJson) {
  const std::vector<Json> rows = {{{"event", "answer"},
                                   {"peer", "n1"},
                                   {"address", "h:1"},
                                   {"outcome", "answered"},
                                   {"elapsed_ms", 1.5},
                                   {"text", "{\"a\": 1.10}"},
                                   {"code", ""},
                                   {"error", ""}},
                                  {{"event", "answer"},
                                   {"peer", "n2"},
                                   {"address", "h:2"},
                                   {"outcome", "timed_out"},
                                   {"elapsed_ms", 9},
                                   {"text", ""},
                                   {"code", "DEADLINE_EXCEEDED"},
                                   {"error", "no"}}};
  const Answers heading{.question = "stats", .roster_epoch = 3, .elapsed_ms = 9, .deadline_ms = 10, .policy = "all"};
  const auto back = answers_from_json(to_json(heading), rows);
  ASSERT_TRUE(back);
  EXPECT_EQ(std::tuple(back->question, back->roster_epoch, back->deadline_ms, back->policy, back->satisfied),
            std::tuple("stats", 3U, 10.0, "all", false));
  ASSERT_EQ(back->receivers(), 2U);
  EXPECT_EQ(back->answers[0].text, "{\"a\": 1.10}") << "byte for byte";
  EXPECT_EQ(back->answers[1].outcome, AnswerOutcome::timed_out);
  EXPECT_EQ(back->answers[1].code, StatusCode::deadline_exceeded);
  EXPECT_FALSE(answers_from_json(to_json(heading), {Json::object()}));
  EXPECT_FALSE(answers_from_json(Json(), rows));
}

TEST(ReportJsonTest, WhatIsNoReportIsNothing) {
  const Json heading = to_json(sample());
  const std::vector<Json> rows = heading["outcomes"];
  ASSERT_TRUE(report_from_json(heading, rows));
  for (const auto& [key, value] : heading.items()) {
    if (key == "receivers" || key == "counts" || key == "outcomes") continue;  // they follow from the rows
    if (key == "roster_epoch") continue;                                       // not all have one
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
  EXPECT_FALSE(report_from_json(Json(), {}));
}

}  // namespace
}  // namespace exocast
