// SPDX-License-Identifier: Apache-2.0
// Many broadcasts under one limit: none starves, and none gets ahead because it is larger or began earlier.
#include <algorithm>
#include <deque>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "exocast/broadcaster.h"
#include "exocast/gather/wait.h"
#include "testing/broadcast/sim_network.h"
#include "testing/sim_loop.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

/// 100 receivers of 1 ms, a limit of 10, and broadcasts that a test begins.
struct FairnessTest : testing::Test {
  /// Delivered so far, for each broadcast begun.
  std::deque<std::size_t> delivered;
  std::deque<double> elapsed_ms;

  void begin(const BroadcastOptions& options = {}) {
    std::size_t& count = delivered.emplace_back();
    double& elapsed = elapsed_ms.emplace_back(-1);
    BroadcastOptions counted = options;
    counted.on_outcome = [&count](const DeliveryProgress& progress) {
      count += progress.outcome == PeerOutcome::delivered ? 1 : 0;
    };
    scope.spawn(broadcaster.broadcast(message_named(std::to_string(delivered.size())), counted),
                [&elapsed](const OutcomeOf<Report>& outcome) {
                  if (outcome.ok()) elapsed = outcome->elapsed_ms;  // if it failed, the test ended first
                });
  }
  void run_until(TimePoint time) {
    scope.spawn([](TimePoint time) -> task<void> { co_await sleep_until(Deadline::at(time)); }(time));
    while (loop.now() < time && loop.turn()) {
    }
  }
  void run_dry() {
    while (loop.turn()) {
    }
  }

  SimLoop loop{1};
  struct Network : SimNetwork {
    explicit Network(SimLoop& loop) : SimNetwork(loop) { add(100, {.there = 1ms}); }
  };
  Network network{loop};
  Broadcaster broadcaster{loop, network.roster(), {.limits = {.active = 10}}};
  Scope scope{loop};
  TimePoint begun = loop.now();
};

TEST_F(FairnessTest, BroadcastsOfOneMomentProgressTogether) {
  for (int i = 0; i < 4; ++i) begin();
  run_until(begun + 20ms);
  const auto [least, most] = std::ranges::minmax(delivered);
  EXPECT_LE(most - least, 11U) << "one round of places, not one after another";
  run_dry();
  for (const double elapsed : elapsed_ms) EXPECT_NEAR(elapsed, 40, 4);
}

TEST_F(FairnessTest, OneThatComesLateGetsItsShareAtOnce) {
  for (int i = 0; i < 9; ++i) begin();
  run_until(begun + 5ms);
  begin();
  run_until(begun + 15ms);
  EXPECT_GE(delivered.back(), 8U) << "of 100 deliveries in 10 ms, a tenth";
}

TEST_F(FairnessTest, ASmallQuorumIsNotStuckBehindFullBroadcasts) {
  for (int i = 0; i < 9; ++i) begin();
  begin({.policy = DeliveryPolicy::quorum(3)});
  run_dry();
  EXPECT_LE(elapsed_ms.back(), 6);
  EXPECT_GE(*std::ranges::max_element(elapsed_ms), 85) << "while the others keep the places busy for long";
}

TEST_F(FairnessTest, TheBoundHoldsAndPlacesAreNeverIdle) {
  for (int i = 0; i < 64; ++i) begin();
  run_dry();
  EXPECT_EQ(network.gauge().peak, 10U);
  EXPECT_NEAR(*std::ranges::max_element(elapsed_ms), 64.0 * 100 / 10, 2);
}

}  // namespace
}  // namespace exocast
