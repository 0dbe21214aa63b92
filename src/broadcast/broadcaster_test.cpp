// SPDX-License-Identifier: Apache-2.0
// The behaviour and report of one broadcast, case by case. Invariants of all broadcasts: promises_test.cpp.
#include "exocast/broadcaster.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "exocast/gather/wait.h"
#include "testing/broadcast/sim_network.h"
#include "testing/sim_loop.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

struct BroadcasterTest : testing::Test {
  Report broadcast(const BroadcastOptions& options = {}, const BroadcasterOptions& own = {}) {
    Broadcaster broadcaster(loop, network.roster(), own);
    auto outcome = loop.run(broadcaster.broadcast(message, options));
    EXPECT_TRUE(outcome.ok());
    return std::move(outcome.value());
  }
  static std::vector<std::string_view> words(const Report& report) {
    std::vector<std::string_view> all;
    for (const PeerReport& peer : report.outcomes) all.push_back(to_string(peer.outcome));
    return all;
  }

  SimLoop loop{1};
  SimNetwork network{loop};
  Message message = message_named("m");
};

TEST_F(BroadcasterTest, ReportsEachPeerInRosterOrderWithItsReasonAndTime) {
  network.add({.there = 2ms, .back = 1ms});
  network.add({.fate = SimFate::refused, .there = 1ms, .refusal = Status::unimplemented("no such thing")});
  network.add({.fate = SimFate::dropped});
  network.add_unlinked("no route");
  const Report report = broadcast({.timeout = 50ms});
  EXPECT_THAT(words(report), ElementsAre("delivered", "failed", "timed_out", "skipped"));
  EXPECT_EQ(report.outcomes[0].peer, "p0");
  EXPECT_EQ(report.outcomes[0].address, "sim:1");
  EXPECT_EQ(report.outcomes[0].link, "sim");
  EXPECT_EQ(report.outcomes[0].elapsed_ms, 3);
  EXPECT_EQ(report.outcomes[0].code, StatusCode::ok);
  EXPECT_EQ(report.outcomes[0].error, "");
  EXPECT_EQ(report.outcomes[1].code, StatusCode::unimplemented);
  EXPECT_EQ(report.outcomes[1].error, "no such thing");
  EXPECT_EQ(report.outcomes[1].elapsed_ms, 1);
  EXPECT_EQ(report.outcomes[2].code, StatusCode::deadline_exceeded);
  EXPECT_EQ(report.outcomes[2].elapsed_ms, 50);
  EXPECT_EQ(report.outcomes[3].error, "no route");
  EXPECT_EQ(report.elapsed_ms, 50);
  EXPECT_EQ(report.deadline_ms, 50);
  EXPECT_EQ(report.policy, "all");
  EXPECT_FALSE(report.satisfied);
  EXPECT_EQ(report.message_bytes, message.bytes());
  EXPECT_EQ(report.broadcast_id.size(), 32U);
  EXPECT_EQ(report.first_error()->peer, "p3");
}

TEST_F(BroadcasterTest, AMessageTooLargeForALinkIsNotGivenToItAndTheOthersGetTheirs) {
  network.add();
  network.add(sim_always({}), {.message_bytes_max = 5});
  const Report report = broadcast();
  EXPECT_THAT(words(report), ElementsAre("delivered", "too_large"));
  EXPECT_THAT(report.outcomes[1].error, HasSubstr(std::to_string(message.bytes()) + " bytes"));
  EXPECT_THAT(report.outcomes[1].error, HasSubstr("takes 5 at most"));
  EXPECT_EQ(network[1].link->metrics().sent, 0U);
  EXPECT_FALSE(report.satisfied);
}

TEST_F(BroadcasterTest, AnEmptyRosterGivesAnEmptyReportThatSatisfiesAllButNoQuorum) {
  EXPECT_TRUE(broadcast().satisfied);
  EXPECT_TRUE(broadcast({.policy = DeliveryPolicy::fail_fast()}).satisfied);
  EXPECT_TRUE(broadcast().outcomes.empty());
  EXPECT_FALSE(broadcast({.policy = DeliveryPolicy::quorum(1)}).satisfied);
}

TEST_F(BroadcasterTest, AQuorumEndsWithItsDeliveriesAndCancelsTheRest) {
  network.add({.there = 1ms});
  network.add({.there = 9ms});
  network.add({.there = 2ms});
  const Report report = broadcast({.policy = DeliveryPolicy::quorum(2)});
  EXPECT_THAT(words(report), ElementsAre("delivered", "cancelled", "delivered"));
  EXPECT_THAT(report.outcomes[1].error, HasSubstr("enough"));
  EXPECT_TRUE(report.satisfied);
  EXPECT_EQ(report.policy, "quorum 2");
  EXPECT_EQ(report.elapsed_ms, 2);
}

TEST_F(BroadcasterTest, AQuorumThatCannotBeReachedEndsAtOnceAndOneBeyondTheRosterSendsNothing) {
  network.add({.fate = SimFate::refused, .there = 1ms});
  network.add({.there = 9ms});
  const Report report = broadcast({.policy = DeliveryPolicy::quorum(2)});
  EXPECT_THAT(words(report), ElementsAre("failed", "cancelled"));
  EXPECT_THAT(report.outcomes[1].error, HasSubstr("too many"));
  EXPECT_FALSE(report.satisfied);
  EXPECT_THAT(words(broadcast({.policy = DeliveryPolicy::quorum(3)})), ElementsAre("not_started", "not_started"));
  EXPECT_THROW(DeliveryPolicy::quorum(0), std::invalid_argument);
}

TEST_F(BroadcasterTest, FailFastCancelsTheRestAfterMoreFailuresThanAreTolerated) {
  network.add({.fate = SimFate::refused, .there = 1ms});
  network.add({.fate = SimFate::refused, .there = 3ms});
  network.add({.there = 9ms});
  const DeliveryPolicy policy = DeliveryPolicy::fail_fast();
  EXPECT_EQ(broadcast({.policy = policy}).elapsed_ms, 1);
  EXPECT_EQ(broadcast({.policy = policy, .tolerated = 1}).elapsed_ms, 3);
  const Report tolerant = broadcast({.policy = policy, .tolerated = 2});
  EXPECT_THAT(words(tolerant), ElementsAre("failed", "failed", "delivered"));
  EXPECT_TRUE(tolerant.satisfied);
  EXPECT_EQ(tolerant.policy, "fail-fast, tolerating 2");
}

TEST_F(BroadcasterTest, WhatPerPeerAllowsIsCountedFromSendingNotFromWaitingForAPlace) {
  network.add(4, {.there = 4ms});
  network.add({.fate = SimFate::dropped});
  const Report report = broadcast({.timeout = 1s, .per_peer = 5ms}, {.limits = {.active = 1, .parked = 0}});
  EXPECT_THAT(words(report), ElementsAre("delivered", "delivered", "delivered", "delivered", "timed_out"));
  EXPECT_EQ(report.outcomes[3].elapsed_ms, 16);
  EXPECT_EQ(report.outcomes[4].error, "no answer within 5 ms");
  EXPECT_EQ(report.elapsed_ms, 21);
}

TEST_F(BroadcasterTest, WhatWasNeverSentBecauseNoPlaceBecameFreeIsNotStartedAndSaysSo) {
  network.add({.fate = SimFate::dropped});
  network.add();
  const Report report = broadcast({.timeout = 20ms}, {.limits = {.active = 1, .parked = 0}});
  EXPECT_THAT(words(report), ElementsAre("timed_out", "not_started"));
  EXPECT_EQ(report.outcomes[1].error, "not sent: no send slot became free within 20 ms");
  EXPECT_EQ(network[1].peer.received(), 0U);
}

TEST_F(BroadcasterTest, WhatWaitedForEarlierMessagesToTheSamePeerSaysSo) {
  network.add({.fate = SimFate::dropped});
  Broadcaster broadcaster(loop, network.roster(), {.limits = {.per_target = 1}});
  Scope scope(loop);
  scope.spawn(broadcaster.broadcast(message, {.timeout = 1s}), [](const auto&) {});
  const auto outcome = loop.run(broadcaster.broadcast(message, {.timeout = 20ms}));
  EXPECT_THAT(words(outcome.value()), ElementsAre("not_started"));
  EXPECT_EQ(outcome->outcomes[0].error, "not sent: earlier messages to this peer were not answered within 20 ms");
}

TEST_F(BroadcasterTest, WhatIsAbandonedWithItsBroadcasterTakesItsLinkWithIt) {
  SimPeer peer;
  auto owned = std::make_shared<SimLink>(loop, peer, sim_always({.fate = SimFate::dropped, .deaf = 1h}));
  const std::weak_ptr<Link> link = owned;
  auto broadcaster = std::make_unique<Broadcaster>(loop, *Roster::make({{"deaf", "", std::move(owned), ""}}));
  Scope scope(loop);
  bool reported = false;
  scope.spawn(broadcaster->broadcast(message, {.timeout = 1ms}), [&](const auto&) { reported = true; });
  while (!reported && loop.turn()) {
  }
  EXPECT_FALSE(link.expired()) << "the delivery that outlives its deadline still uses it";
  broadcaster.reset();
  EXPECT_TRUE(link.expired());
}

TEST_F(BroadcasterTest, APeersOwnDeadlineExceededBeforeOursIsAFailure) {
  network.add({.fate = SimFate::refused, .refusal = Status::deadline_exceeded("my own database")});
  const Report report = broadcast({.timeout = 1s});
  EXPECT_THAT(words(report), ElementsAre("failed"));
  EXPECT_EQ(report.outcomes[0].error, "my own database");
}

TEST_F(BroadcasterTest, AsTheCallerStopsItTheReportSaysWhatWasAchieved) {
  network.add({.there = 1ms});
  network.add({.there = 9ms});
  network.add();
  StopSource stop;
  Broadcaster broadcaster(loop, network.roster());
  const auto work = [&]() -> task<Report> {
    Scope scope(loop);
    scope.spawn([](StopSource& stop) -> task<void> {
      co_await sleep_for(5ms);
      stop.request();
    }(stop));
    co_return co_await broadcaster.broadcast(message, {.limit = 2, .stop = &stop});
  };
  const auto outcome = loop.run(work());
  EXPECT_THAT(words(outcome.value()), ElementsAre("delivered", "cancelled", "delivered"));
  EXPECT_THAT(outcome->outcomes[1].error, HasSubstr("the caller"));
  EXPECT_EQ(outcome->elapsed_ms, 5);
}

TEST_F(BroadcasterTest, TellsEachOutcomeOnceAsSoonAsItIsKnown) {
  network.add({.there = 3ms});
  network.add({.fate = SimFate::refused, .there = 1ms});
  std::vector<std::string> told;
  const auto tell = [&](const DeliveryProgress& progress) {
    told.push_back(progress.peer.id + " " + std::string(to_string(progress.outcome)) + " " +
                   std::string(to_string(progress.error.code)));
    EXPECT_EQ(progress.elapsed, progress.index == 0 ? 3ms : 1ms);
  };
  broadcast({.on_outcome = tell});
  EXPECT_THAT(told, ElementsAre("p1 failed UNAVAILABLE", "p0 delivered "));
}

TEST_F(BroadcasterTest, WhoIsToldAnOutcomeMayStopTheTaskThatAwaitsTheReport) {
  network.add(2, {.there = 1ms});
  network.add({.there = 5ms});
  Broadcaster broadcaster(loop, network.roster());
  Scope scope(loop);
  std::size_t told = 0;
  const BroadcastOptions options{.on_outcome = [&](const DeliveryProgress& /*one*/) {
    ++told;
    scope.request_stop();
  }};
  bool reported = false;
  scope.spawn(broadcaster.broadcast(message, options), [&](const auto& end) noexcept { reported = end.ok(); });
  while (scope.live() > 0) ASSERT_TRUE(loop.turn());
  EXPECT_EQ(told, 2U) << "both were known by then";
  EXPECT_FALSE(reported);
  EXPECT_EQ(broadcaster.metrics().broadcasts, 0U);
}

TEST_F(BroadcasterTest, AStoppedBroadcastLeavesNothingOfItsKeyBehind) {
  network.add(3, {.there = 1h});
  Broadcaster broadcaster(loop, network.roster());
  const BroadcastOptions keyed{.limit = 1, .key = std::string(100, 'k')};
  {
    Scope scope(loop);
    scope.spawn(broadcaster.broadcast(message, keyed), [](const auto&) noexcept {});
    loop.turn();
    scope.request_stop();
    ASSERT_EQ(scope.live(), 0U);
  }
  Scope scope(loop);
  scope.spawn(broadcaster.broadcast(message, keyed), [](const auto&) noexcept {});
  loop.turn();
  EXPECT_EQ(broadcaster.lane_metrics(2).queued_messages, 1U);
  EXPECT_EQ(broadcaster.metrics().broadcasts, 1U);
  scope.request_stop();
}

TEST_F(BroadcasterTest, MoreBroadcastsAtOnceThanAllowedAreRefusedWithTheReason) {
  network.add({.there = 5ms});
  Broadcaster broadcaster(loop, network.roster(), {.broadcasts_max = 1});
  std::vector<Report> reports;
  Scope scope(loop);
  const auto keep = [&](OutcomeOf<Report> outcome) { reports.push_back(std::move(outcome.value())); };
  scope.spawn(broadcaster.broadcast(message), keep);
  scope.spawn(broadcaster.broadcast(message), keep);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_THAT(words(reports[0]), ElementsAre("skipped"));
  EXPECT_EQ(reports[0].outcomes[0].code, StatusCode::resource_exhausted);
  EXPECT_FALSE(reports[0].satisfied);
  while (loop.turn()) {
  }
  EXPECT_TRUE(reports[1].satisfied);
  const BroadcasterMetrics metrics = broadcaster.metrics();
  EXPECT_EQ(metrics.broadcasts, 0U);
  EXPECT_EQ(metrics.broadcasts_peak, 1U);
  EXPECT_EQ(metrics.broadcasts_total, 1U);
  EXPECT_EQ(metrics.refused_total, 1U);
  EXPECT_EQ(metrics.sends.granted_total, 1U);
}

TEST_F(BroadcasterTest, DestroyingItEndsWhatIsUnderWayWithAReportThatSaysSo) {
  network.add({.there = 5ms});
  auto broadcaster = std::make_unique<Broadcaster>(loop, network.roster());
  std::optional<Report> report;
  Scope scope(loop);
  scope.spawn(broadcaster->broadcast(message), [&](OutcomeOf<Report> outcome) { report = std::move(outcome.value()); });
  loop.turn();
  broadcaster.reset();
  while (loop.turn()) {
  }
  ASSERT_TRUE(report.has_value());
  EXPECT_THAT(words(*report), ElementsAre("cancelled"));
  EXPECT_EQ(report->outcomes[0].error, "cancelled: the broadcaster was closed");
}

/// A faulty link.
struct ThrowingLink final : Link {
  std::string_view kind() const noexcept override { return "throwing"; }
  std::size_t message_bytes_max() const noexcept override { return 1000; }
  task<std::expected<void, Status>> deliver(Message /*message*/, Deadline /*deadline*/) override {
    co_await yield();
    throw std::runtime_error("a bug");
  }
};

TEST_F(BroadcasterTest, ALinkThatThrowsIsAFailureOfItsPeerAlone) {
  SimPeer peer;
  const Roster roster = *Roster::make(
      {{"bad", "", std::make_shared<ThrowingLink>(), ""}, {"good", "", std::make_shared<SimLink>(loop, peer), ""}});
  Broadcaster broadcaster(loop, roster);
  const auto outcome = loop.run(broadcaster.broadcast(message));
  EXPECT_THAT(words(outcome.value()), ElementsAre("failed", "delivered"));
  EXPECT_EQ(outcome->outcomes[0].code, StatusCode::internal);
  EXPECT_EQ(outcome->outcomes[0].error, "a bug");
}

}  // namespace
}  // namespace exocast
