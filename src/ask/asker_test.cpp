// SPDX-License-Identifier: Apache-2.0
// The behaviour and result of one question, case by case, and of random ones, for what every question must keep.
#include "exocast/asker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "exocast/gather/wait.h"
#include "exocast/metrics.h"
#include "testing/broadcast/sim_network.h"
#include "testing/sim_loop.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

struct AskerTest : testing::Test {
  Answers ask(const AskOptions& options = {}, const AskLimits& limits = {}) {
    const Broadcaster broadcaster(loop, network.roster());
    Asker asker(loop, broadcaster, limits);
    return std::move(loop.run(asker.ask(Question::stats(), options), 1h).value());
  }
  static std::vector<std::string_view> words(const Answers& answers) {
    std::vector<std::string_view> all;
    for (const PeerAnswer& answer : answers.outcomes) all.push_back(to_string(answer.outcome));
    return all;
  }
  static std::string words(const PeerAnswer& row) { return std::string(to_string(row.code)) + " " + row.error; }
  /// Starts a question; `told` records it when it ends.
  void start(Asker& asker, const AskOptions& options = {}) {
    scope.spawn(asker.ask(Question::stats(), options),
                [this](const OutcomeOf<Answers>& outcome) { told.push_back(outcome.ok() ? *outcome : Answers()); });
  }
  void run_dry() {
    while (loop.turn()) {
    }
  }

  SimLoop loop{1};
  SimNetwork network{loop};
  std::vector<Answers> told;
  Scope scope{loop};
};

TEST_F(AskerTest, EachReceiverHasItsAnswerOrTheReasonWhyNotInRosterOrder) {
  network.add({.there = 2ms, .back = 1ms});
  network.add({.there = 1ms});
  network.add({.fate = SimFate::dropped});
  network.add_unlinked("no route");
  network.add({.there = 1ms});
  network[0].answer = "0.3.0";
  network[1].answer = std::unexpected(Status::not_found("no such question"));
  network[4].answer = std::unexpected(Status::unimplemented("speaks exo's protocol only"));
  const Answers answers = ask({.timeout = 50ms});
  EXPECT_THAT(words(answers), ElementsAre("answered", "failed", "timed_out", "skipped", "skipped"));
  const std::vector<PeerAnswer>& rows = answers.outcomes;
  EXPECT_EQ(rows[0].peer + rows[0].address + rows[0].text + rows[0].error, "p0sim:10.3.0");
  EXPECT_EQ(rows[0].code, StatusCode::ok);
  EXPECT_EQ(rows[0].elapsed_ms, 3);
  EXPECT_EQ(words(rows[1]), "NOT_FOUND no such question");
  EXPECT_EQ(words(rows[2]), "DEADLINE_EXCEEDED no answer within 50 ms");
  EXPECT_EQ(rows[2].elapsed_ms, 50);
  EXPECT_EQ(rows[3].error, "no route");
  EXPECT_EQ(rows[4].error, "speaks exo's protocol only");
  EXPECT_EQ(answers.question, "stats");
  EXPECT_EQ(answers.elapsed_ms, 50);
  EXPECT_EQ(answers.deadline_ms, 50);
  EXPECT_EQ(answers.policy, "all");
  EXPECT_FALSE(answers.satisfied);
}

TEST_F(AskerTest, OneAloneIsAskedAndTheOthersAreNot) {
  network.add({.there = 2ms, .back = 1ms});
  network.add({.there = 1ms, .back = 1ms});
  network[0].answer = "zero";
  network[1].answer = "one";
  const Broadcaster broadcaster(loop, network.roster());
  Asker asker(loop, broadcaster);
  const auto answer = loop.run(asker.ask_one("p1", Question::stats(), {.policy = DeliveryPolicy::quorum(2)}), 1h);
  EXPECT_EQ(answer->text, "one");
  EXPECT_EQ(answer->outcome, PeerOutcome::answered);
  EXPECT_EQ(answer->elapsed_ms, 2);
  EXPECT_EQ(asker.metrics().questions, 0U);
}

TEST_F(AskerTest, OneThatIsNotThereIsNotFound) {
  network.add({.there = 2ms});
  const Broadcaster broadcaster(loop, network.roster());
  Asker asker(loop, broadcaster);
  const auto answer = loop.run(asker.ask_one("p7", Question::stats()), 1h);
  EXPECT_EQ(answer->outcome, PeerOutcome::skipped);
  EXPECT_EQ(words(*answer), "NOT_FOUND there is no peer 'p7'");
}

TEST_F(AskerTest, AnEmptyRosterSatisfiesAllButNoQuorum) {
  EXPECT_TRUE(ask().satisfied);
  EXPECT_FALSE(ask({.policy = DeliveryPolicy::quorum(1)}).satisfied);
}

TEST_F(AskerTest, AQuorumEndsWithItsAnswersAndFailFastWithTheFirstFailure) {
  network.add({.there = 1ms});
  network.add({.fate = SimFate::dropped});
  network.add({.there = 2ms});
  const Answers quorum = ask({.policy = DeliveryPolicy::quorum(2)});
  EXPECT_THAT(words(quorum), ElementsAre("answered", "cancelled", "answered"));
  EXPECT_THAT(quorum.outcomes[1].error, HasSubstr("enough others"));
  EXPECT_TRUE(quorum.satisfied);
  EXPECT_EQ(quorum.elapsed_ms, 2);
  network[0].answer = std::unexpected(Status::not_found("no"));
  EXPECT_THAT(words(ask({.policy = DeliveryPolicy::fail_fast()})), ElementsAre("failed", "cancelled", "cancelled"));
  EXPECT_TRUE(ask({.timeout = 5ms, .tolerated = 2}).satisfied);
}

TEST_F(AskerTest, TellsEachAnswerOnceAsSoonAsItIsKnown) {
  network.add({.there = 3ms});
  network.add({.there = 1ms});
  std::vector<std::string> heard;
  const TimePoint begun = loop.now();
  ask({.on_answer = [&](std::size_t index, const PeerAnswer& answer) {
    EXPECT_EQ(loop.now() - begun, index == 0 ? 3ms : 1ms);
    heard.push_back(answer.peer + " " + answer.text);
  }});
  EXPECT_THAT(heard, ElementsAre("p1 yes", "p0 yes"));
}

TEST_F(AskerTest, AThousandReceiversTakeAsLongAsOneOrAsOftenAsTheLimitSays) {
  network.add(1000, {.there = 15ms, .back = 5ms});
  EXPECT_EQ(ask({.limit = 1000}).elapsed_ms, 20);
  EXPECT_EQ(ask({.limit = 100}).elapsed_ms, 200);
}

TEST_F(AskerTest, AQuestionDoesNotWaitBehindMessages) {
  network.add(sim_in_turn({{.fate = SimFate::dropped, .deaf = 1h}}, {.there = 1ms}));
  Broadcaster broadcaster(loop, network.roster(), {.limits = {.active = 1, .parked = 0, .per_target = 1}});
  Asker asker(loop, broadcaster);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(broadcaster.publish(message_named("bulk"), {.timeout = 1h}));
  for (int turn = 0; turn < 2; ++turn) loop.turn();  // the lanes get them, and send them
  const Answers answers = std::move(loop.run(asker.ask(Question::health())).value());
  EXPECT_EQ(answers.elapsed_ms, 1);
  EXPECT_TRUE(answers.satisfied);
}

TEST_F(AskerTest, TheRosterIsTheOneItBeganWith) {
  network.add(2, {.there = 2ms});
  Broadcaster broadcaster(loop, network.roster({0}, 1));
  Asker asker(loop, broadcaster);
  start(asker);
  loop.turn();
  broadcaster.set_roster(network.roster({1}, 2));
  start(asker);
  run_dry();
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].outcomes[0].peer + std::to_string(told[0].roster_epoch), "p01");
  EXPECT_EQ(told[1].outcomes[0].peer + std::to_string(told[1].roster_epoch), "p12");
  EXPECT_TRUE(told[0].satisfied && told[1].satisfied);
}

TEST_F(AskerTest, MoreQuestionsAtOnceThanMayAreRefusedAlsoWhileOneThatIsOverHoldsItsLink) {
  network.add({.fate = SimFate::dropped, .deaf = 10ms});
  const Broadcaster broadcaster(loop, network.roster());
  Asker asker(loop, broadcaster, {.questions = 1});
  start(asker, {.timeout = 5ms});
  start(asker, {.timeout = 5ms});
  ASSERT_EQ(told.size(), 1U);
  EXPECT_THAT(words(told[0]), ElementsAre("skipped"));
  EXPECT_EQ(told[0].outcomes[0].code, StatusCode::resource_exhausted);
  EXPECT_EQ(told[0].outcomes[0].error, "not asked: 1 questions are under way, the most at once");
  while (told.size() < 2 && loop.turn()) {
  }
  EXPECT_THAT(words(told[1]), ElementsAre("timed_out"));
  EXPECT_EQ(asker.metrics().questions, 1U) << "its call lives on";
  EXPECT_EQ(asker.metrics().questions_refused_total, 1U);
  run_dry();
  EXPECT_EQ(asker.metrics().questions, 0U);
}

TEST_F(AskerTest, AnswersThatAreMoreThanMayBeHeldAreNotKept) {
  network.add({.there = 1ms});
  network.add({.there = 2ms});
  network.add({.there = 3ms});
  network[0].answer = std::string(60, 'x');
  network[1].answer = std::string(60, 'x');
  network[2].answer = std::string(40, 'x');
  const Answers answers = ask({}, {.answer_bytes = 100});
  EXPECT_THAT(words(answers), ElementsAre("answered", "failed", "answered"));
  EXPECT_EQ(answers.outcomes[1].code, StatusCode::resource_exhausted);
  EXPECT_THAT(words(ask({}, {.answer_bytes = 160})), ElementsAre("answered", "answered", "answered"));
}

TEST_F(AskerTest, AsTheCallerStopsItTheAnswersThereAreComeBack) {
  network.add({.there = 1ms});
  network.add({.there = 9ms});
  const Broadcaster broadcaster(loop, network.roster());
  Asker asker(loop, broadcaster);
  StopSource stop;
  start(asker, {.stop = &stop});
  const TimePoint begun = loop.now();
  while (loop.now() < begun + 1ms) loop.turn();
  stop.request();
  run_dry();
  EXPECT_THAT(words(told.at(0)), ElementsAre("answered", "cancelled"));
  EXPECT_EQ(told[0].outcomes[1].error, "cancelled: the caller stopped it");
  start(asker, {.stop = &stop});
  run_dry();
  EXPECT_THAT(words(told.at(1)), ElementsAre("not_started", "not_started")) << "it was stopped before";
}

TEST_F(AskerTest, ItsNumbersAreFoundByTheirNamesWhileItLives) {
  network.add({.fate = SimFate::dropped, .deaf = 10ms});
  const Broadcaster broadcaster(loop, network.roster());
  Metrics metrics;
  const std::size_t before = metrics.series();
  {
    Asker asker(loop, broadcaster, {.questions = 1}, &metrics);
    start(asker, {.timeout = 5ms});
    start(asker, {.timeout = 5ms});
    const std::string text = to_prometheus(metrics.snapshot());
    EXPECT_THAT(text, HasSubstr("exocast_questions 1\n"));
    EXPECT_THAT(text, HasSubstr("exocast_questions_refused_total 1\n"));
    run_dry();
  }
  EXPECT_EQ(metrics.series(), before);
}

TEST_F(AskerTest, StoppingTheAwaitingTaskEndsItsCalls) {
  network.add(3, {.fate = SimFate::dropped});
  const Broadcaster broadcaster(loop, network.roster());
  Asker asker(loop, broadcaster);
  start(asker);
  loop.turn();
  EXPECT_EQ(network.questions().now, 3U);
  scope.request_stop();
  run_dry();
  EXPECT_EQ(network.questions().now, 0U);
  EXPECT_EQ(asker.metrics().questions, 0U);
}

TEST_F(AskerTest, DrainingEndsItAndWaitsForItsCallsAndThenNobodyIsAsked) {
  network.add({.fate = SimFate::dropped, .deaf = 20ms});
  const Broadcaster broadcaster(loop, network.roster());
  Asker asker(loop, broadcaster);
  start(asker);
  loop.turn();
  EXPECT_EQ(loop.run(asker.drain(Deadline::after(loop.now(), 5ms))).value(), 1U);
  EXPECT_EQ(loop.run(asker.drain(Deadline::never())).value(), 0U);
  EXPECT_THAT(words(told.at(0)), ElementsAre("cancelled"));
  EXPECT_EQ(told[0].outcomes[0].error, "cancelled: the asker was closed");
  start(asker);
  EXPECT_THAT(words(told.at(1)), ElementsAre("cancelled"));
}

TEST_F(AskerTest, DestroyingTheAskerEndsItWithAnswersThatSaySo) {
  network.add({.there = 5ms});
  const Broadcaster broadcaster(loop, network.roster());
  auto asker = std::make_unique<Asker>(loop, broadcaster);
  start(*asker);
  asker.reset();
  EXPECT_TRUE(told.empty()) << "nobody goes on inside the destructor";
  run_dry();
  EXPECT_EQ(told.at(0).outcomes[0].error, "cancelled: the asker was closed");
}

}  // namespace
}  // namespace exocast
