// SPDX-License-Identifier: Apache-2.0
#include "exocast/report.h"

#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;
using testing::ElementsAre;

PeerReport peer(std::string id, PeerOutcome outcome, double elapsed_ms, std::string error = "") {
  return {std::move(id), "127.0.0.1:50051", "exo", outcome, elapsed_ms, StatusCode::ok, std::move(error)};
}

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

TEST(Report, JsonHasExactlyTheAgreedKeysInTheirOrder) {
  Report report;
  report.outcomes = {peer("n1", PeerOutcome::delivered, 1)};
  const Json json = to_json(report);
  EXPECT_THAT(keys(json), ElementsAre("broadcast_id", "message", "receivers", "elapsed_ms", "deadline_ms", "policy",
                                      "satisfied", "counts", "outcomes"));
  EXPECT_THAT(keys(json["message"]), ElementsAre("kind", "bytes"));
  EXPECT_THAT(keys(json["counts"]),
              ElementsAre("delivered", "failed", "timed_out", "cancelled", "not_started", "skipped", "too_large"));
  EXPECT_THAT(keys(json["outcomes"][0]),
              ElementsAre("peer", "address", "link", "outcome", "elapsed_ms", "code", "error"));
}

TEST(Report, JsonNamesTheEpochOfTheRosterUnlessItIsAFixedList) {
  const Json json = to_json(Report{.roster_epoch = 7});
  EXPECT_THAT(keys(json), ElementsAre("broadcast_id", "message", "roster_epoch", "receivers", "elapsed_ms",
                                      "deadline_ms", "policy", "satisfied", "counts", "outcomes"));
  EXPECT_EQ(json["roster_epoch"], 7);
}

TEST(Report, JsonSaysWhatHappened) {
  Report report{.elapsed_ms = 1001.23456,
                .deadline_ms = 1000,
                .policy = "quorum 2",
                .satisfied = false,
                .outcomes = {peer("n1", PeerOutcome::delivered, 2.5), peer("n2", PeerOutcome::failed, 0.25)}};
  report.broadcast_id = "cafe";
  report.message_kind = MessageKind::status;
  report.message_bytes = 42;
  report.outcomes[1].code = StatusCode::unavailable;
  report.outcomes[1].error = "connection refused";
  EXPECT_EQ(to_json(report).dump(),
            R"({"broadcast_id":"cafe","message":{"kind":"status","bytes":42},"receivers":2,"elapsed_ms":1001.235,)"
            R"("deadline_ms":1000.0,"policy":"quorum 2","satisfied":false,"counts":{"delivered":1,"failed":1,)"
            R"("timed_out":0,"cancelled":0,"not_started":0,"skipped":0,"too_large":0},"outcomes":[{"peer":"n1",)"
            R"("address":"127.0.0.1:50051","link":"exo","outcome":"delivered","elapsed_ms":2.5,"code":"","error":""},)"
            R"({"peer":"n2","address":"127.0.0.1:50051","link":"exo","outcome":"failed","elapsed_ms":0.25,)"
            R"("code":"UNAVAILABLE","error":"connection refused"}]})");
}

TEST(Report, WithoutADeadlineJsonSaysNull) { EXPECT_TRUE(to_json(Report{}).at("deadline_ms").is_null()); }

TEST(Report, WithoutReceiversJsonHasAnEmptyList) {
  const Json json = to_json(Report{});
  EXPECT_EQ(json.at("outcomes"), Json::array());
  EXPECT_EQ(json.at("receivers"), 0);
}

TEST(Report, CountsAddUpToTheReceivers) {
  Report report;
  for (const PeerOutcome outcome : PeerReport::all_outcomes) {
    for (int i = 0; i <= static_cast<int>(outcome); ++i) report.outcomes.push_back(peer("n", outcome, 0));
  }
  const OutcomeCounts counts = report.counts();
  std::size_t sum = 0;
  for (const PeerOutcome outcome : PeerReport::all_outcomes) {
    EXPECT_EQ(counts[outcome], static_cast<std::size_t>(outcome) + 1);
    sum += counts[outcome];
  }
  EXPECT_EQ(sum, report.receivers());
}

TEST(Report, TheFirstErrorIsTheEarliestOne) {
  Report report;
  EXPECT_EQ(report.first_error(), nullptr);
  report.outcomes = {peer("n1", PeerOutcome::delivered, 1), peer("n2", PeerOutcome::cancelled, 2, "enough"),
                     peer("n3", PeerOutcome::not_started, 2)};
  EXPECT_EQ(report.first_error(), nullptr);
  report.outcomes.push_back(peer("n4", PeerOutcome::timed_out, 15));
  report.outcomes.push_back(peer("n5", PeerOutcome::failed, 3));
  report.outcomes.push_back(peer("n6", PeerOutcome::failed, 3));
  EXPECT_EQ(report.first_error()->peer, "n5");
}

TEST(Report, AnyBytesFromAPeerBecomeJsonThatCanBeDumped) {
  Report report;
  report.broadcast_id = report.policy = "\xC3";
  report.outcomes = {{"\xFF", "\xFE", "\x80", PeerOutcome::failed, std::numeric_limits<double>::quiet_NaN(),
                      StatusCode::internal, "a\nb\xE2\x82"}};
  const std::string text = to_json(report).dump();
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(Json::parse(text)["outcomes"][0]["error"], "a\nb\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Report, JsonSaysHowAPeerStandsOnlyIfThatIsBad) {
  Report report;
  report.outcomes = {{.peer = "a", .state = "healthy"}, {.peer = "b", .state = "stalled"}, {.peer = "c"}};
  const auto json = to_json(report)["outcomes"];
  EXPECT_FALSE(json[0].contains("state"));
  EXPECT_EQ(json[1]["state"], "stalled");
  EXPECT_FALSE(json[2].contains("state"));
}

}  // namespace
}  // namespace exocast
