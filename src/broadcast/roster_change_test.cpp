// SPDX-License-Identifier: Apache-2.0
// The effect of roster changes on broadcasts, case by case. Random histories: roster_history_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "exocast/broadcaster.h"
#include "exocast/gather/wait.h"
#include "testing/broadcast/sim_network.h"
#include "testing/sim_loop.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

struct RosterChangeTest : testing::Test {
  void start(const std::vector<std::size_t>& receivers, const BroadcasterOptions& options = {}) {
    broadcaster = std::make_unique<Broadcaster>(loop, network.roster(receivers, 1), options);
  }
  void set(const std::vector<std::size_t>& receivers) { broadcaster->set_roster(network.roster(receivers, ++epoch)); }
  Ticket publish(const std::string& name, const BroadcastOptions& options = {}) {
    return *broadcaster->publish(message_named(name), options);
  }
  void run_for(Duration time) {
    const auto sleep = [](Duration time) -> task<void> { co_await sleep_for(time); };
    loop.run(sleep(time));
  }
  Report report(const Ticket& ticket) { return std::move(loop.run(ticket.report()).value()); }

  /// "p0 delivered, p1 skipped: left …", in the order of the receivers.
  static std::string words(const Report& report) {
    std::string text;
    for (const PeerReport& peer : report.outcomes) {
      text += (text.empty() ? "" : ", ") + peer.peer + " " + std::string(to_string(peer.outcome));
      if (!peer.error.empty()) text += ": " + peer.error;
    }
    return text;
  }

  SimLoop loop{1};
  SimNetwork network{loop};
  std::unique_ptr<Broadcaster> broadcaster;
  std::uint64_t epoch = 1;
};

TEST_F(RosterChangeTest, WhoStaysKeepsWhatWaitsForItItsOrderAndItsNumbers) {
  network.add({.there = 3ms});
  network.add();
  network.add();
  start({1, 0}, {.limits = {.per_target = 1}});
  const Ticket first = publish("1");
  const Ticket second = publish("2");
  run_for(1ms);
  set({0, 2});
  const Ticket third = publish("3");
  EXPECT_EQ(words(report(third)), "p0 delivered, p2 delivered");
  EXPECT_EQ(words(report(second)), "p1 delivered, p0 delivered");
  EXPECT_THAT(network[0].accepted, ElementsAre("1", "2", "3"));
  EXPECT_EQ(broadcaster->lane_metrics(0).delivered_total, 3U);
  EXPECT_EQ(broadcaster->lane_metrics(1).delivered_total, 1U);
}

TEST_F(RosterChangeTest, AReportNamesTheEpochOfTheRosterItsBroadcastBeganWith) {
  network.add({.there = 3ms});
  start({0});
  const Ticket before = publish("1");
  set({});
  const Ticket after = publish("2");
  EXPECT_EQ(report(before).roster_epoch, 1U);
  EXPECT_EQ(report(after).roster_epoch, 2U);
  EXPECT_TRUE(report(after).satisfied) << "of nobody";
}

TEST_F(RosterChangeTest, WhatWaitsForOneThatLeavesIsSkippedAtOnceAndWhatIsUnderWayIsCancelled) {
  network.add({.fate = SimFate::dropped});
  network.add();
  start({0, 1}, {.limits = {.per_target = 1}});
  const Ticket sent = publish("1");
  const Ticket waits = publish("2");
  run_for(5ms);
  set({1});
  EXPECT_EQ(words(report(sent)), "p0 cancelled: cancelled: the peer left the roster at epoch 2, p1 delivered");
  EXPECT_EQ(words(report(waits)), "p0 skipped: left the roster at epoch 2, p1 delivered");
  EXPECT_EQ(report(sent).elapsed_ms, 5);
  EXPECT_EQ(report(waits).elapsed_ms, 5);
  EXPECT_FALSE(report(waits).satisfied) << "it was among those to be told";
}

TEST_F(RosterChangeTest, WhoJoinsIsToldWhatBeginsThenAndNothingOfWhatIsUnderWay) {
  network.add({.there = 3ms});
  network.add();
  start({0});
  const Ticket before = publish("1");
  run_for(1ms);
  set({0, 1});
  EXPECT_EQ(words(report(publish("2"))), "p0 delivered, p1 delivered");
  EXPECT_EQ(words(report(before)), "p0 delivered");
  EXPECT_THAT(network[1].accepted, ElementsAre("2"));
}

TEST_F(RosterChangeTest, ARestartedReceiverIsToldOverItsNewLinkAndWhatWentOverTheOldOneIsCancelled) {
  network.add({.there = 10ms, .back = 10ms});
  start({0}, {.limits = {.per_target = 1}});
  const Ticket sent = publish("1");
  const Ticket waits = publish("2");
  run_for(1ms);
  network.relink(0);
  set({0});
  EXPECT_EQ(words(report(publish("3"))), "p0 delivered");
  EXPECT_EQ(words(report(sent)), "p0 cancelled: cancelled: the peer was given another link at epoch 2");
  EXPECT_EQ(words(report(waits)), "p0 skipped: was given another link at epoch 2");
}

TEST_F(RosterChangeTest, AnAnswerOverTheLinkOfOneThatHasLeftChangesNothingAnyMore) {
  network.add({.there = 2ms, .back = 2ms, .deaf = 1h});
  start({0});
  const Ticket sent = publish("old");
  run_for(1ms);
  network.relink(0);
  set({0});
  const Ticket newer = publish("new");
  EXPECT_EQ(words(report(newer)), "p0 delivered");
  run_for(10ms);
  EXPECT_THAT(network[0].accepted, ElementsAre("new", "old")) << "the old one was on the wire already";
  EXPECT_EQ(report(sent).outcomes[0].outcome, PeerOutcome::cancelled) << "so nobody calls it delivered in order";
}

TEST_F(RosterChangeTest, ALaneToOneThatHasLeftIsKeptUntilItsLinkHasEndedWhatIsUnderWay) {
  network.add({.fate = SimFate::dropped, .deaf = 20ms});
  start({0});
  const std::weak_ptr<Link> link = network[0].link;
  const Ticket sent = publish("1");
  run_for(1ms);
  network.relink(0);
  set({});
  EXPECT_EQ(words(report(sent)), "p0 cancelled: cancelled: the peer left the roster at epoch 2");
  EXPECT_EQ(broadcaster->metrics().retired_lanes, 1U);
  EXPECT_EQ(broadcaster->metrics().sends.in_flight(), 1U);
  EXPECT_FALSE(link.expired());
  run_for(30ms);
  EXPECT_EQ(broadcaster->metrics().retired_lanes, 0U);
  EXPECT_EQ(broadcaster->metrics().sends.in_flight(), 0U);
  EXPECT_TRUE(link.expired()) << "nothing keeps it";
}

TEST_F(RosterChangeTest, DrainingWaitsForThoseThatHaveLeftToo) {
  network.add({.fate = SimFate::dropped, .deaf = 20ms});
  start({0});
  publish("1");
  run_for(1ms);
  set({});
  EXPECT_EQ(loop.run(broadcaster->drain(Deadline::after(loop.now(), 5ms))).value(), 1U);
  EXPECT_EQ(loop.run(broadcaster->drain(Deadline::never())).value(), 0U);
  EXPECT_EQ(broadcaster->metrics().sends.in_flight(), 0U);
}

TEST_F(RosterChangeTest, ABroadcasterThatWasDrainedTellsNobodyWhateverTheRoster) {
  network.add(2, {});
  start({0});
  loop.run(broadcaster->drain(Deadline::never()));
  set({0, 1});
  EXPECT_EQ(words(report(publish("late"))),
            "p0 cancelled: cancelled: the broadcaster was closed, p1 cancelled: cancelled: the broadcaster was closed");
}

TEST_F(RosterChangeTest, DestroyingItAbandonsAlsoWhatIsUnderWayToThoseThatHaveLeft) {
  network.add(2, {.fate = SimFate::dropped, .deaf = 1h});
  start({0, 1});
  const std::weak_ptr<Link> left = network[0].link;
  const Ticket sent = publish("1");
  run_for(1ms);
  network.relink(0);
  set({1});
  broadcaster.reset();
  EXPECT_TRUE(left.expired());
  EXPECT_EQ(words(report(sent)),
            "p0 cancelled: cancelled: the peer left the roster at epoch 2, "
            "p1 cancelled: cancelled: the broadcaster was closed");
}

TEST_F(RosterChangeTest, TheRosterMayChangeWhileAnOutcomeIsTold) {
  network.add({.there = 1ms});
  network.add({.there = 2ms});
  start({0, 1});
  const auto leave = [&](const DeliveryProgress& progress) {
    if (progress.peer.id == "p0") set({});
  };
  EXPECT_EQ(words(report(publish("1", {.on_outcome = leave}))),
            "p0 delivered, p1 cancelled: cancelled: the peer left the roster at epoch 2");
}

TEST_F(RosterChangeTest, AReceiverWithoutALinkThatComesToHaveOneIsTold) {
  network.add_unlinked("not resolved yet");
  start({0});
  EXPECT_EQ(words(report(publish("1"))), "p0 skipped: not resolved yet");
  SimPeer peer;
  broadcaster->set_roster(*Roster::make({{"p0", "", std::make_shared<SimLink>(loop, peer), ""}}, 2));
  EXPECT_EQ(words(report(publish("2"))), "p0 delivered");
}

}  // namespace
}  // namespace exocast
