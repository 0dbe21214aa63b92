// SPDX-License-Identifier: Apache-2.0
// A lane whose link breaks, whose items are given up, or which is closed: what is resent and what is not.
#include <gmock/gmock.h>

#include "lane/lane.h"
#include "testing/lane/lane_fixture.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

TEST_F(LaneTest, ABrokenLinksUnansweredGoAgainInOrderOnceAllHaveEnded) {
  for (int i = 1; i <= 8; ++i) send(token(i));
  settle();
  send(token(9));
  link->lose(0, true, 1);
  run_for(100ms);
  ASSERT_EQ(link->batches.size(), 3U) << "the others are still under way";
  link->lose(2, true);
  link->lose(1, true);
  run_for(2s);
  EXPECT_EQ(link->sent(), (Batches{{1, 2, 3, 4}, {5, 6, 7, 8}, {9}, {2, 3, 4, 5}, {6, 7, 8, 9}}));
  EXPECT_EQ(lane->metrics().resent_total, 8U);
  EXPECT_EQ(all[0].word(), "delivered");
}

TEST_F(LaneTest, OneBreakCostsOneRetryHoweverManyBatchesWereUnderWay) {
  for (int i = 1; i <= 32; ++i) send(token(i));
  settle();
  ASSERT_EQ(link->batches.size(), 8U);
  for (std::size_t at = 0; at < 8; ++at) link->lose(at, true);
  run_for(2s);
  EXPECT_EQ(link->batches.size(), 16U);
  EXPECT_EQ(lane->metrics().retries.scheduled_total, 1U);
  EXPECT_EQ(lane->metrics().resent_total, 32U);
}

TEST_F(LaneTest, RetriesEndWithTheBudget) {
  open({.circuit = {.failures = 100}});
  Sent& sent = send(token(1));
  for (std::size_t at = 0; at < 6; ++at) {
    run_for(3s);
    ASSERT_EQ(link->batches.size(), at + 1);
    link->lose(at, true);
  }
  run_for(3s);
  EXPECT_EQ(link->batches.size(), 6U);
  EXPECT_EQ(sent.word(), "failed");
  EXPECT_EQ(lane->metrics().retries.scheduled_total, 5U);
  EXPECT_EQ(lane->metrics().failed_total, 1U);
}

TEST_F(LaneTest, WhatMayHaveArrivedIsNotSentAgain) {
  Sent& sent = send(token(1));
  settle();
  link->lose(0, false);
  run_for(3s);
  EXPECT_EQ(sent.word(), "failed");
  EXPECT_EQ(link->batches.size(), 1U);
}

TEST_F(LaneTest, WhatALinkRefusesForWhatItIsIsNotSentAgain) {
  Sent& sent = send(token(1));
  settle();
  link->answer(0, {.broken = Status::resource_exhausted("too large"), .resendable = true});
  run_for(3s);
  EXPECT_EQ(sent.word(), "failed");
  EXPECT_EQ(sent.why(), "too large");
  EXPECT_EQ(link->batches.size(), 1U);
}

TEST_F(LaneTest, APeerThatAnswersSomeOfEachBatchBeforeItBreaksIsNotTakenForDead) {
  open({.retries = {.tokens_max = 100}}, {.per_target = 1});
  for (int i = 1; i <= 10; ++i) send(token(i));
  for (std::size_t at = 0; at < 8; ++at) {
    run_for(3s);
    ASSERT_EQ(link->batches.size(), at + 1);
    link->lose(at, true, 1);
  }
  settle();
  EXPECT_EQ(lane->metrics().delivered_total, 8U);
}

TEST_F(LaneTest, OnePeersTimeIsOneForAllAttempts) {
  const TimePoint begun = loop.now();
  Sent& sent = send(token(1), {.per_peer = 500ms});
  run_for(400ms);
  link->lose(0, true);
  run_for(60ms);
  ASSERT_EQ(link->batches.size(), 2U);
  EXPECT_EQ(link->batches[1].deadline.time(), begun + 500ms);
  run_for(40ms);
  link->answer(1, {.broken = Status::deadline_exceeded("not sent"), .resendable = true});
  run_for(3s);
  EXPECT_EQ(sent.word(), "timed_out");
  EXPECT_EQ(sent.why(), "no answer within 500 ms");
  EXPECT_EQ(link->batches.size(), 2U);
}

TEST_F(LaneTest, ABatchHoldsOnlyMessagesWithTheSameTime) {
  send(token(1), {.per_peer = 10ms});
  send(token(2), {.per_peer = 10ms});
  send(token(3), {.per_peer = 10s});
  settle();
  EXPECT_EQ(link->sent(), (Batches{{1, 2}, {3}}));
}

TEST_F(LaneTest, WhatWasSentInVainIsNeverSaidNotToHaveBeenSent) {
  Sent& sent = send(token(1));
  settle();
  link->lose(0, true, 0, "the peer has restarted");
  settle();
  EXPECT_EQ(sent.item.state(), LaneItem::State::queued);
  EXPECT_EQ(sent.item.note(), "the peer has restarted");
  sent.item.give_up();
  EXPECT_EQ(sent.item.stage(), Stage::sent);
}

TEST_F(LaneTest, WhatIsDroppedAfterHavingBeenSentInVainHasFailed) {
  Sent& sent = send(token(1));
  settle();
  link->lose(0, true);
  settle();
  lane->expire(sent.item, 5ms);
  settle();
  EXPECT_EQ(sent.word(), "failed");
}

TEST_F(LaneTest, AFlightThatNobodyWaitsForIsStopped) {
  Sent& one = send(token(1));
  Sent& two = send(token(2));
  settle();
  one.item.give_up();
  EXPECT_FALSE(link->batches[0].over) << "the other one is still aboard";
  two.item.give_up();
  EXPECT_TRUE(link->batches[0].over);
  settle();
  EXPECT_EQ(lane->metrics().batches, 0U);
  EXPECT_EQ(limiter->metrics().in_flight(), 0U);
}

TEST_F(LaneTest, AnItemThatGoesWhileItsFlightWaitsForAPlaceLeavesNothingBehind) {
  open({}, {.active = 1});
  send(token(0), {.stream_class = StreamClass::bulk});
  settle();
  {
    Sent gone(token(1));
    add(gone);
    gone.item.release();
    settle();
    EXPECT_EQ(limiter->metrics().waiting, 1U);
  }
  send(token(2));
  link->answer(0);
  settle();
  EXPECT_EQ(link->sent(), (Batches{{0}, {2}}));
}

TEST_F(LaneTest, TheWaiterMayGoWhileTheOutcomeIsOnItsWay) {
  Sent sent(token(1));
  add(sent);
  sent.item.release();
  auto waiters = std::make_unique<Scope>(loop);
  waiters->spawn(wait(sent));
  settle();
  lane->close({PeerOutcome::cancelled, Status::cancelled("closed")});  // settles it; the waiter is posted
  waiters.reset();
  settle();
  EXPECT_FALSE(sent.end);
  EXPECT_EQ(sent.item.state(), LaneItem::State::settled);
}

TEST_F(LaneTest, ClosingSettlesWhatWaitsAndStopsWhatIsUnderWay) {
  for (int i = 1; i <= 40; ++i) send(token(i));
  settle();
  lane->close({PeerOutcome::cancelled, Status::cancelled("closed")});
  settle();
  for (const Sent& sent : all) EXPECT_EQ(sent.why(), "closed");
  for (const HeldLink::Batch& batch : link->batches) EXPECT_TRUE(batch.over);
  EXPECT_EQ(lane->metrics().batches, 0U);
  EXPECT_EQ(send(token(41)).item.state(), LaneItem::State::settled);
}

TEST_F(LaneTest, NoMoreBatchesOfAClassAreUnderWayThanTheLimitPerTarget) {
  open({}, {.per_target = 2});
  for (int i = 1; i <= 40; ++i) send(token(i));
  settle();
  EXPECT_EQ(link->batches.size(), 2U);
  link->answer(0);
  settle();
  EXPECT_EQ(link->batches.size(), 3U);
}

}  // namespace
}  // namespace exocast
