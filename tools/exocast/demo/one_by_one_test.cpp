// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/demo/one_by_one.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "exocast/gather/run_loop.h"
#include "testing/broadcast/sim_network.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

TEST(OneByOne, TakesTheSumOfAllWaitsAndATimeoutForEachThatHangs) {
  SimLoop loop(1);
  SimNetwork network(loop);
  network.add({.there = 2ms});
  network.add({.fate = SimFate::dropped});
  network.add({.fate = SimFate::dropped, .deaf = 10s});  // ignores even its deadline
  network.add({.there = 3ms});
  std::vector<std::size_t> told;
  const auto tell = [&](const DeliveryProgress& progress) { told.push_back(progress.index); };
  const auto outcome = loop.run(
      broadcast_one_by_one(network.roster(), message_named("m"), {.per_peer = 100ms, .on_outcome = tell}), 20s);
  const Report& report = outcome.value();
  EXPECT_EQ(report.elapsed_ms, 205);
  EXPECT_EQ(report.outcomes[0].elapsed_ms, 2);
  EXPECT_EQ(report.outcomes[1].outcome, PeerOutcome::timed_out);
  EXPECT_EQ(report.outcomes[2].outcome, PeerOutcome::timed_out);
  EXPECT_EQ(report.outcomes[2].error, "no answer within 100 ms");
  EXPECT_EQ(report.outcomes[3].outcome, PeerOutcome::delivered);
  EXPECT_EQ(told, (std::vector<std::size_t>{0, 1, 2, 3}));
  EXPECT_EQ(report.policy, "one by one");
  EXPECT_FALSE(report.satisfied);
  EXPECT_EQ(network.gauge().now, 0U);
}

TEST(OneByOne, NeverHasMoreThanOneUnderWay) {
  SimLoop loop(1);
  SimNetwork network(loop);
  network.add(10, {.there = 1ms});
  const auto outcome = loop.run(broadcast_one_by_one(network.roster(), message_named("m")));
  EXPECT_TRUE(outcome->satisfied);
  EXPECT_EQ(outcome->elapsed_ms, 10);
  EXPECT_EQ(network.gauge().peak, 1U);
}

TEST(OneByOne, OfNobodyIsSatisfied) {
  SimLoop loop(1);
  EXPECT_TRUE(loop.run(broadcast_one_by_one(Roster(), message_named("m")))->satisfied);
}

}  // namespace
}  // namespace exocast
