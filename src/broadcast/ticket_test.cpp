// SPDX-License-Identifier: Apache-2.0
// publish(), tickets and room().
#include "exocast/ticket.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "exocast/broadcaster.h"
#include "exocast/gather/wait.h"
#include "testing/broadcast/sim_network.h"
#include "testing/sim_loop.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

struct TicketTest : testing::Test {
  void open(const BroadcasterOptions& options = {}) {
    broadcaster = std::make_unique<Broadcaster>(loop, network.roster(), options);
  }
  std::expected<Ticket, Status> publish(const std::string& name, const BroadcastOptions& options = {}) {
    if (!broadcaster) open();
    return broadcaster->publish(message_named(name), options);
  }
  void run_for(Duration time) {
    static_cast<void>(loop.run([](Duration time) -> task<void> { co_await sleep_for(time); }(time)));
  }

  SimLoop loop{1};
  SimNetwork network{loop};
  std::unique_ptr<Broadcaster> broadcaster;
};

TEST_F(TicketTest, PublishReturnsAtOnceAndTheReportComesLaterToWhoeverAsks) {
  network.add(2, {.there = 1ms, .back = 1ms});
  const Ticket ticket = publish("m").value();
  EXPECT_FALSE(ticket.done());
  EXPECT_EQ(network[0].peer.received(), 0U);
  for (int again = 0; again < 2; ++again) {
    const Report report = loop.run(ticket.report()).value();
    EXPECT_EQ(report.counts()[PeerOutcome::delivered], 2U);
    EXPECT_EQ(report.elapsed_ms, 2);
  }
  EXPECT_TRUE(ticket.done());
}

TEST_F(TicketTest, ManyMayWaitForOneReport) {
  network.add(1, {.there = 1ms});
  const Ticket ticket = publish("m").value();
  std::size_t told = 0;
  Scope scope(loop);
  for (int i = 0; i < 3; ++i) scope.spawn(ticket.report(), [&](const auto& report) noexcept { told += report.ok(); });
  run_for(5ms);
  EXPECT_EQ(told, 3U);
}

TEST_F(TicketTest, WhatIsPublishedArrivesAlsoIfNobodyKeepsTheTicket) {
  network.add(1, {.there = 1ms});
  static_cast<void>(publish("m"));
  run_for(5ms);
  EXPECT_EQ(network[0].times_accepted("m"), 1U);
  EXPECT_EQ(broadcaster->metrics().broadcasts, 0U);
}

TEST_F(TicketTest, ManyPublishedAtOnceArriveInTheirOrder) {
  network.add(1, {.there = 1ms});
  for (int i = 0; i < 50; ++i) {
    const std::vector<std::int32_t> tokens{i};
    if (!broadcaster) open();
    ASSERT_TRUE(broadcaster->publish(*Message::token_result("one", tokens, false)));
  }
  run_for(1s);
  EXPECT_EQ(network[0].peer.accepted(), 50U);
}

TEST_F(TicketTest, TooManyUnderWayAreRefusedAndRoomWaitsForOneToEnd) {
  network.add(1, {.there = 10ms});
  open({.broadcasts_max = 2});
  ASSERT_TRUE(publish("a"));
  ASSERT_TRUE(publish("b"));
  const auto refused = publish("c");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, StatusCode::resource_exhausted);
  EXPECT_EQ(broadcaster->metrics().refused_total, 1U);
  EXPECT_EQ(broadcaster->metrics().broadcasts_peak, 2U);
  const TimePoint begun = loop.now();
  EXPECT_TRUE(loop.run(broadcaster->room(message_named("c"))).value());
  EXPECT_EQ(loop.now() - begun, 10ms);
  EXPECT_TRUE(publish("c"));
}

TEST_F(TicketTest, TooManyBytesUnderWayAreRefusedButASingleMessageAlwaysFits) {
  network.add(1, {.there = 10ms});
  const std::size_t bytes = message_named("a").bytes();
  open({.bytes_max = bytes - 1});
  ASSERT_TRUE(publish("a"));
  ASSERT_FALSE(publish("b"));
  EXPECT_EQ(broadcaster->metrics().bytes, bytes);
  EXPECT_TRUE(loop.run(broadcaster->room(message_named("b"))).value());
  EXPECT_TRUE(publish("b"));
  EXPECT_EQ(broadcaster->metrics().bytes_peak, bytes);
}

TEST_F(TicketTest, RoomEndsAtItsDeadline) {
  network.add(1, {.fate = SimFate::dropped});
  open({.broadcasts_max = 1});
  ASSERT_TRUE(publish("a"));
  EXPECT_FALSE(loop.run(broadcaster->room(message_named("b"), {}, Deadline::after(loop.now(), 5ms))).value());
}

TEST_F(TicketTest, ATicketOfADestroyedBroadcasterSaysWhatIsKnownAndCancelledForTheRest) {
  network.add(1, {.there = 1ms});
  network.add(1, {.fate = SimFate::dropped});
  network.add(1, {.fate = SimFate::dropped, .deaf = 1h});
  network.add(1, {.fate = SimFate::refused});
  const Ticket ticket = publish("m").value();
  run_for(5ms);
  EXPECT_FALSE(ticket.done());
  broadcaster.reset();
  EXPECT_TRUE(ticket.done());
  const Report report = loop.run(ticket.report()).value();
  ASSERT_EQ(report.outcomes.size(), 4U);
  EXPECT_EQ(report.outcomes[0].outcome, PeerOutcome::delivered);
  EXPECT_EQ(report.outcomes[0].elapsed_ms, 1);
  for (const std::size_t cancelled : {1U, 2U}) {
    EXPECT_EQ(report.outcomes[cancelled].outcome, PeerOutcome::cancelled);
    EXPECT_EQ(report.outcomes[cancelled].error, "cancelled: the broadcaster was closed");
  }
  EXPECT_EQ(report.outcomes[3].outcome, PeerOutcome::failed);
  EXPECT_EQ(report.outcomes[3].error, "refused by plan");
  EXPECT_FALSE(report.satisfied);
}

TEST_F(TicketTest, WhoWaitsForTheReportOfADestroyedBroadcasterGetsIt) {
  network.add(1, {.fate = SimFate::dropped});
  const Ticket ticket = publish("m").value();
  bool told = false;
  Scope scope(loop);
  scope.spawn(ticket.report(), [&](const auto& report) noexcept { told = report.ok(); });
  run_for(5ms);
  broadcaster.reset();
  run_for(1ms);
  EXPECT_TRUE(told);
}

TEST_F(TicketTest, ADrainedBroadcasterCancelsWhatWaitsAndTakesNothingMore) {
  network.add(1, {.fate = SimFate::dropped});
  const Ticket ticket = publish("a").value();
  EXPECT_EQ(loop.run(broadcaster->drain(Deadline::after(loop.now(), 1s))).value(), 0U);
  EXPECT_EQ(loop.run(ticket.report()).value().outcomes[0].outcome, PeerOutcome::cancelled);
  const Ticket late = publish("b").value();
  EXPECT_EQ(loop.run(late.report()).value().outcomes[0].outcome, PeerOutcome::cancelled);
}

TEST_F(TicketTest, AMessageThatNobodyReceivesIsDoneAtOnce) {
  const Ticket ticket = publish("m").value();
  EXPECT_TRUE(ticket.done());
  EXPECT_TRUE(loop.run(ticket.report()).value().outcomes.empty());
}

TEST_F(TicketTest, WhereItHasNotBeenSentAMessageExpires) {
  network.add(1, {.there = 10ms});
  open({.limits = {.per_target = 1}});
  const Ticket first = publish("a").value();
  const Ticket second = publish("b", {.expires_after = 5ms}).value();
  const Report report = loop.run(second.report()).value();
  EXPECT_EQ(report.outcomes[0].outcome, PeerOutcome::skipped);
  EXPECT_EQ(report.elapsed_ms, 5);
  EXPECT_EQ(loop.run(first.report()).value().counts()[PeerOutcome::delivered], 1U);
}

TEST_F(TicketTest, TheLanesMetricsAddUpToTheOutcomes) {
  network.add(1, {.there = 1ms});
  network.add(1, {.fate = SimFate::refused, .refusal = Status::internal("no")});
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(publish(std::to_string(i)));
  run_for(1s);
  const LaneMetrics good = broadcaster->lane_metrics(0);
  EXPECT_EQ(good.delivered_total, 20U);
  EXPECT_EQ(good.failed_total, 0U);
  EXPECT_EQ(broadcaster->lane_metrics(1).failed_total, 20U);
  EXPECT_EQ(good.queued_messages + good.batches, 0U);
  EXPECT_EQ(broadcaster->metrics().broadcasts_total, 20U);
}

}  // namespace
}  // namespace exocast
