// SPDX-License-Identifier: Apache-2.0
// A lane to an unreachable peer: circuit, probes, pauses.
#include <gmock/gmock.h>

#include "lane/lane.h"
#include "testing/lane/lane_fixture.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using testing::StartsWith;

constexpr CircuitLimits quick{.failures = 1, .span = Duration::zero(), .probes = {.first = 100ms, .most = 100ms}};

TEST_F(LaneTest, WhileTheCircuitIsOpenMessagesAreSkippedAtOnceAndAProbeClosesIt) {
  open({.circuit = quick, .pauses = {.first = 1ms, .most = 1ms}}, {.per_target = 1});
  for (int i = 1; i <= 8; ++i) send(token(i));
  settle();
  link->lose(0, true);
  settle();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(all[i].word(), "failed");
  for (int i = 4; i < 8; ++i) EXPECT_EQ(all[i].word(), "skipped");
  EXPECT_THAT(all[4].why(), StartsWith("circuit open since"));
  EXPECT_EQ(lane->metrics().circuit, CircuitState::open);
  Sent& early = send(token(9));
  EXPECT_EQ(early.item.state(), LaneItem::State::settled);
  settle();
  EXPECT_EQ(early.word(), "skipped");
  run_for(100ms);
  Sent& probe = send(token(10));
  settle();
  ASSERT_EQ(link->sent().back(), (std::vector{10}));
  EXPECT_EQ(lane->metrics().circuit, CircuitState::half_open);
  Sent& meanwhile = send(token(11));
  settle();
  EXPECT_EQ(meanwhile.word(), "skipped");
  link->answer(1);
  settle();
  EXPECT_EQ(probe.word(), "delivered");
  EXPECT_EQ(lane->metrics().circuit, CircuitState::closed);
  send(token(12));
  settle();
  EXPECT_EQ(link->sent().back(), (std::vector{12}));
  EXPECT_EQ(lane->metrics().skipped_total, 6U);
}

TEST_F(LaneTest, AProbeThatIsStoppedDoesNotKeepTheCircuitHalfOpen) {
  open({.circuit = quick, .pauses = {.first = 1ms, .most = 1ms}});
  send(token(1));
  settle();
  link->lose(0, false);
  run_for(100ms);
  Sent& probe = send(token(2));
  settle();
  probe.item.give_up();
  settle();
  EXPECT_EQ(lane->metrics().circuit, CircuitState::open);
  run_for(100ms);
  send(token(3));
  settle();
  EXPECT_EQ(link->sent().back(), (std::vector{3}));
}

TEST_F(LaneTest, APauseAfterABreakEndsByItself) {
  open({.pauses = {.first = 50ms, .most = 50ms}});
  send(token(1));
  settle();
  link->lose(0, false);
  settle();
  send(token(2));
  run_for(50ms);
  EXPECT_EQ(link->sent(), (Batches{{1}, {2}}));
}

TEST_F(LaneTest, AnIdleLaneArmsNoTimer) {
  send(token(1));
  settle();
  link->lose(0, true);
  run_for(3s);
  link->answer(1);
  settle();
  EXPECT_FALSE(loop.turn()) << "nothing is left to wait for";
}

}  // namespace
}  // namespace exocast
