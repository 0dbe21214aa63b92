// SPDX-License-Identifier: Apache-2.0
// Invariants of every question, checked on random histories: several questions at once, over links with faults, while
// the roster changes.
#include <cstdlib>
#include <map>

#include <gtest/gtest.h>

#include "base/random.h"
#include "exocast/asker.h"
#include "exocast/gather/wait.h"
#include "testing/broadcast/sim_network.h"
#include "testing/for_each_seed.h"
#include "testing/sim_loop.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

/// A few questions to a few peers.
struct AskerHistory {
  struct QuestionRecord {
    std::vector<std::size_t> receivers;
    TimePoint latest{};
    TimePoint ended{};
    std::map<std::size_t, std::vector<PeerOutcome>> told;
    std::optional<Answers> answers;
  };

  explicit AskerHistory(std::uint64_t seed) : loop(seed), random(loop.random("history")), network(loop) {
    draw_peers();
    limits.questions = 1 + random.below(4);
    limits.answer_bytes = 200;
    broadcaster = std::make_unique<Broadcaster>(loop, network.roster(some(), 1));
    asker = std::make_unique<Asker>(loop, *broadcaster, limits);
    Scope scope(loop);
    const std::size_t count = 1 + random.below(8);
    for (std::size_t i = 0; i < count; ++i) scope.spawn(live(i));
    while (loop.turn()) under_way_peak = std::max(under_way_peak, asker->metrics().questions);
    left = scope.live();
  }

  void draw_peers() {
    const std::size_t count = random.below(8);
    for (std::size_t index = 0; index < count; ++index) {
      SimOdds odds{.there_max = 10ms, .back_max = 10ms, .deaf_max = 60ms, .second_answer_max = 9ms, .step = 1ms};
      double* const faults[] = {&odds.refused, &odds.dropped, &odds.unanswered, &odds.breaks};
      *faults[random.below(4)] = 0.1 * static_cast<double>(random.below(8));
      odds.deaf = random.chance(0.3) ? 0.5 : 0;
      odds.second_answer = random.chance(0.3) ? 0.5 : 0;
      network.add(sim_drawn(loop.random("link " + std::to_string(index)), odds));
      network[index].answer = std::string(random.below(80), 'x');
      if (random.chance(0.1)) network[index].answer = std::unexpected(Status::unimplemented("exo"));
    }
    if (random.chance(0.2)) network.add_unlinked("no route");
  }

  std::vector<std::size_t> some() {
    roster.clear();
    for (std::size_t index = 0; index < network.size(); ++index) {
      if (random.chance(0.8)) roster.push_back(index);
    }
    return roster;
  }

  task<void> live(std::size_t number) {
    co_await sleep_for(random.between(0ms, 40ms));
    if (random.chance(0.3)) broadcaster->set_roster(network.roster(some(), ++epoch));
    QuestionRecord& asked = all[number];
    asked.receivers = roster;
    AskOptions options{.timeout = random.between(1ms, 40ms), .limit = 1 + random.below(6)};
    if (random.chance(0.3)) options.policy = DeliveryPolicy::quorum(1 + random.below(5));
    if (random.chance(0.2)) options.policy = DeliveryPolicy::fail_fast();
    options.on_answer = [&asked](std::size_t index, const PeerAnswer& answer) {
      asked.told[index].push_back(answer.outcome);
    };
    asked.latest = loop.now() + options.timeout;
    asked.answers = co_await asker->ask(Question::stats(), options);
    asked.ended = loop.now();
  }

  SimLoop loop;
  Random random;
  SimNetwork network;
  AskLimits limits;
  std::unique_ptr<Broadcaster> broadcaster;
  std::unique_ptr<Asker> asker;
  std::vector<std::size_t> roster;
  std::uint64_t epoch = 1;
  std::map<std::size_t, QuestionRecord> all;
  std::size_t under_way_peak = 0;
  std::size_t left = 0;
};

void expect_rows(const AskerHistory& history, const AskerHistory::QuestionRecord& asked,
                 std::map<PeerOutcome, int>& seen) {
  ASSERT_EQ(asked.answers->outcomes.size(), asked.receivers.size());
  for (std::size_t index = 0; index < asked.receivers.size(); ++index) {
    const PeerAnswer& row = asked.answers->outcomes[index];
    const auto& said = history.network[asked.receivers[index]].answer;
    ASSERT_EQ(row.peer, "p" + std::to_string(asked.receivers[index]));
    ASSERT_EQ(asked.told.at(index), std::vector{row.outcome}) << "told once, and the same";
    ASSERT_LE(row.elapsed_ms, asked.answers->elapsed_ms);
    if (row.outcome == PeerOutcome::answered) ASSERT_EQ(row.text, said.value_or("none"));
    if (row.outcome != PeerOutcome::answered) ASSERT_EQ(row.text, "") << "of what is no answer";
    if (row.outcome != PeerOutcome::answered) ASSERT_NE(row.error, "") << "it says why";
    ++seen[row.outcome];
  }
}

TEST(AskerHistory, EveryQuestionEndsInTimeWithOneTrueOutcomePerReceiverAndLeavesNothing) {
  std::map<PeerOutcome, int> seen;
  for_each_seed(1, 3000, [&](std::uint64_t seed) {
    const AskerHistory history(seed);
    for (const auto& [number, asked] : history.all) {
      ASSERT_LE(asked.ended, asked.latest) << "question " << number;
      expect_rows(history, asked, seen);
      if (testing::Test::HasFatalFailure()) return;
    }
    ASSERT_LE(history.under_way_peak, history.limits.questions);
    ASSERT_EQ(history.left, 0U);
    ASSERT_EQ(history.asker->metrics().questions, 0U);
    ASSERT_EQ(history.network.questions().now, 0U);
  });
  if (seeds_are_chosen()) return;  // a few histories need not produce all of them
  for (const PeerOutcome outcome : PeerAnswer::all_outcomes) {
    EXPECT_GT(seen[outcome], 100) << to_string(outcome) << " hardly drawn";
  }
}

}  // namespace
}  // namespace exocast
