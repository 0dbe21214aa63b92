// SPDX-License-Identifier: Apache-2.0
#include "testing/link/sim_link.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/gather/wait.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using Answer = std::expected<void, Status>;

/// One link to one peer, and the results of its deliveries.
struct SimLinkTest : testing::Test {
  struct End {
    std::string word;  // "ok", an error's code, or "stopped"
    Duration after{};
  };

  /// Starts a delivery; its result is stored in `ends`, in the order of the starts.
  void deliver(Duration timeout = 1s) {
    const std::size_t at = ends.size();
    ends.emplace_back();
    scope.spawn(link->deliver(message, Deadline::after(loop.now(), timeout)), [this, at, begun = loop.now()](
                                                                                  const OutcomeOf<Answer>& outcome) {
      ends[at].word = outcome.ok() ? "ok" : outcome.error() != nullptr ? to_string(outcome.error()->code) : "stopped";
      ends[at].after = loop.now() - begun;
    });
  }
  void plan(SimPlan plan, const SimLinkOptions& options = {}) {
    link = std::make_unique<SimLink>(loop, peer, std::move(plan), options);
  }
  void run_dry() {
    while (loop.turn()) {
    }
  }
  void run_for(Duration time) {
    scope.spawn([](Duration time) -> task<void> { co_await sleep_for(time); }(time));
    const TimePoint until = loop.now() + time;
    while (loop.now() < until && loop.turn()) {
    }
  }
  void expect(std::size_t delivery, std::string_view word, Duration after) const {
    EXPECT_EQ(ends[delivery].word, word);
    EXPECT_EQ(ends[delivery].after, after);
  }

  SimLoop loop{1};
  SimPeer peer;
  std::unique_ptr<SimLink> link = std::make_unique<SimLink>(loop, peer);
  Scope scope{loop};
  Message message = *Message::token_result("request", {}, true);
  std::vector<End> ends;
};

TEST_F(SimLinkTest, DeliversAfterTheTimesOfThePlan) {
  plan(sim_always({.there = 3ms, .back = 4ms}));
  deliver();
  run_dry();
  expect(0, "ok", 7ms);
  EXPECT_EQ(peer.accepted(), 1U);
  EXPECT_EQ(link->metrics().waiting, 0U);
}

TEST_F(SimLinkTest, ConnectsBeforeTheFirstMessageOnly) {
  plan(sim_always({.there = 1ms}), {.connect = 10ms});
  deliver();
  deliver();
  run_dry();
  deliver();
  run_dry();
  expect(0, "ok", 11ms);
  expect(1, "ok", 11ms);
  expect(2, "ok", 1ms);
}

TEST_F(SimLinkTest, RefusalIsAnsweredAndNotSeenByTheHandler) {
  plan(sim_always({.fate = SimFate::refused, .refusal = Status::unimplemented("no")}));
  deliver();
  run_dry();
  expect(0, "UNIMPLEMENTED", 0ms);
  EXPECT_EQ(peer.received(), 0U);
}

TEST_F(SimLinkTest, AHandlerThatSaysNoIsAFailure) {
  SimPeer refusing([](const Message&) -> Answer { return std::unexpected(Status::resource_exhausted("full")); });
  link = std::make_unique<SimLink>(loop, refusing);
  deliver();
  run_dry();
  expect(0, "RESOURCE_EXHAUSTED", 0ms);
  EXPECT_EQ(refusing.received(), 1U);
  EXPECT_EQ(refusing.accepted(), 0U);
}

TEST_F(SimLinkTest, DroppedAndUnansweredMessagesEndAtTheDeadline) {
  plan(sim_in_turn({{.fate = SimFate::dropped}, {.fate = SimFate::unanswered}}));
  deliver(20ms);
  deliver(30ms);
  run_dry();
  expect(0, "DEADLINE_EXCEEDED", 20ms);
  expect(1, "DEADLINE_EXCEEDED", 30ms);
  EXPECT_EQ(peer.accepted(), 1U);
}

TEST_F(SimLinkTest, AnAnswerAtTheVeryDeadlineCountsAndALaterOneIsIgnored) {
  plan(sim_always({.back = 10ms}));
  deliver(10ms);
  deliver(9ms);
  run_dry();
  expect(0, "ok", 10ms);
  expect(1, "DEADLINE_EXCEEDED", 9ms);
  EXPECT_EQ(link->metrics().ignored_answers, 1U);
  EXPECT_EQ(peer.accepted(), 2U);
}

TEST_F(SimLinkTest, ASecondAnswerChangesNothing) {
  plan(sim_always({.there = 1ms, .second_answer = 5ms}));
  deliver();
  run_dry();
  expect(0, "ok", 1ms);
  EXPECT_EQ(peer.accepted(), 1U);
  EXPECT_EQ(link->metrics().ignored_answers, 1U);
}

TEST_F(SimLinkTest, StoppedADeliveryStopsAtOnceAndTheMessageStillArrives) {
  plan(sim_always({.there = 5ms}));
  deliver();
  run_for(1ms);
  scope.request_stop();
  expect(0, "stopped", 1ms);
  run_dry();
  EXPECT_EQ(peer.accepted(), 1U);
}

TEST_F(SimLinkTest, ADeafDeliveryIgnoresItsDeadlineAndBeingStoppedForAWhile) {
  plan(sim_always({.fate = SimFate::dropped, .deaf = 50ms}));
  deliver(10ms);
  run_dry();
  expect(0, "DEADLINE_EXCEEDED", 60ms);
  deliver(1s);
  run_for(1ms);
  scope.request_stop();
  EXPECT_EQ(scope.live(), 1U);
  run_dry();
  expect(1, "stopped", 51ms);
}

TEST_F(SimLinkTest, WhatIsAnsweredWhileItIsDeafStillCounts) {
  plan(sim_always({.there = 30ms, .deaf = 50ms}));
  deliver(10ms);
  run_for(1ms);
  scope.request_stop();
  run_dry();
  expect(0, "ok", 30ms);
}

TEST_F(SimLinkTest, ABreakEndsAllThatIsUnderWayAndTheNextMessageConnectsAgain) {
  plan(sim_in_turn({{.there = 9ms}, {.fate = SimFate::breaks, .there = 2ms}, {.there = 9ms}}), {.connect = 5ms});
  for (int i = 0; i < 3; ++i) deliver();
  run_dry();
  for (std::size_t i = 0; i < 3; ++i) expect(i, "UNAVAILABLE", 7ms);
  EXPECT_EQ(peer.accepted(), 0U);
  deliver();
  run_dry();
  expect(3, "ok", 5ms);
  EXPECT_EQ(link->metrics().breaks, 1U);
}

TEST_F(SimLinkTest, AMessageOverTheLimitIsRefusedByTheFarEnd) {
  plan(sim_always({}), {.message_bytes_max = message.bytes() - 1});
  deliver();
  expect(0, "RESOURCE_EXHAUSTED", 0ms);
  EXPECT_EQ(peer.received(), 0U);
}

TEST_F(SimLinkTest, ADestroyedLinkForgetsWhatIsOnItsWay) {
  plan(sim_always({.there = 5ms}));
  deliver();
  scope.request_stop();
  link.reset();
  run_dry();
  EXPECT_EQ(peer.received(), 0U);
}

TEST(SimPlan, TheSameSeedDrawsTheSameAndOtherOddsDoNotShiftTheRest) {
  const SimOdds odds{.refused = 0.5, .there_max = 9ms, .back_max = 9ms};
  SimOdds others = odds;
  others.refused = 0;
  others.deaf = 1;
  others.deaf_max = 1s;
  const SimPlan plan = sim_drawn(Random(7), odds);
  const SimPlan again = sim_drawn(Random(7), odds);
  const SimPlan other = sim_drawn(Random(7), others);
  int refused = 0;
  for (int i = 0; i < 100; ++i) {
    const SimTreatment drawn = plan();
    const SimTreatment same = again();
    EXPECT_EQ(drawn.fate, same.fate);
    EXPECT_EQ(drawn.there, same.there);
    EXPECT_EQ(drawn.there, other().there);
    EXPECT_LE(drawn.there, odds.there_max);
    refused += drawn.fate == SimFate::refused ? 1 : 0;
  }
  EXPECT_GT(refused, 25);
  EXPECT_LT(refused, 75);
}

TEST(SimPlan, StepsMakeThingsHappenAtTheSameMoment) {
  const SimPlan plan = sim_drawn(Random(1), {.there_max = 3ms, .step = 1ms});
  std::vector<int> seen(4);
  for (int i = 0; i < 100; ++i) {
    const Duration there = plan().there;
    EXPECT_EQ(there % 1ms, 0ns);
    ++seen[static_cast<std::size_t>(there / 1ms)];
  }
  for (const int count : seen) EXPECT_GT(count, 0);
}

TEST_F(SimLinkTest, TreatsQuestionsAsMessages) {
  SimPeer knowing({}, [](const Question& question) { return question.name() + "!"; });
  SimLink asking(loop, knowing, sim_in_turn({{.there = 3ms, .back = 4ms}, {.fate = SimFate::dropped}}));
  const TimePoint begun = loop.now();
  EXPECT_EQ(loop.run(asking.ask(Question::stats(), Deadline::never())).value(), "stats!");
  EXPECT_EQ(loop.now() - begun, 7ms);
  const auto lost = loop.run(asking.ask(Question::stats(), Deadline::after(loop.now(), 5ms)));
  EXPECT_EQ(lost.error()->code, StatusCode::deadline_exceeded);
  EXPECT_EQ(knowing.asked(), 1U);
  EXPECT_EQ(knowing.received(), 0U) << "messages are counted apart";
  EXPECT_EQ(loop.run(link->ask(Question::stats(), Deadline::never())).error()->code, StatusCode::unimplemented);
}

}  // namespace
}  // namespace exocast
