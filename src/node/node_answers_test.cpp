// SPDX-License-Identifier: Apache-2.0
#include "node/node_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::StartsWith;

TEST(Answers, HealthSaysSinceWhen) {
  EXPECT_EQ(answer_to(Question::health(), {.uptime = 12'345'678us}), R"({"healthy":true})");
}

TEST(Answers, VersionIsThatOfTheProgram) {
  EXPECT_THAT(answer_to(Question::version(), {}).value(), StartsWith("exocast "));
}

TEST(Answers, StatsAreSumsOverThePeersAndHowManyStandHow) {
  NodeStats stats{.uptime = 1s};
  stats.inbox.accepted_total = 7;
  stats.broadcasts.broadcasts = 2;
  stats.lanes.resize(3);
  stats.lanes[0].queued_messages = 4;
  stats.lanes[1].queued_messages = 5;
  stats.lanes[1].state = PeerState::gone;
  stats.lanes[2].delivered_total = 9;
  EXPECT_EQ(answer_to(Question::stats(), stats),
            R"({"uptime_s":1.0,"inbox":{"accepted_total":7,"refused_total":0,"unheard_total":0,"waiting":0},)"
            R"("broadcasts":{"under_way":2,"total":0,"refused_total":0,"bytes":0,"sends_in_flight":0},)"
            R"("lanes":{"queued_messages":9,"queued_bytes":0,"batches":0,"delivered_total":9,"failed_total":0,)"
            R"("resent_total":0},"peers":{"healthy":2,"slow":0,"stalled":0,"gone":1}})");
}

TEST(Answers, AnUnknownQuestionIsNotFoundAndWhichThereAreIsSaid) {
  const auto answer = answer_to(*Question::make("weather"), {});
  EXPECT_EQ(answer.error().code, StatusCode::not_found);
  EXPECT_EQ(answer.error().text, "there is no question 'weather'; there are health, replay, stats and version");
}

}  // namespace
}  // namespace exocast
