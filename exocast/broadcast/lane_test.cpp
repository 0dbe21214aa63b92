// SPDX-License-Identifier: Apache-2.0
// One lane: what it sends when, and what becomes of what it does not send.
#include "exocast/broadcast/lane.h"

#include <gmock/gmock.h>

#include "exocast/broadcast/lane_test_support.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using testing::HasSubstr;
using testing::StartsWith;

constexpr LinkTraits merging{.ordered = false, .merges = true, .batch_messages_max = 8, .batch_bytes_max = 1000};
constexpr LinkTraits single{};

TEST_F(LaneTest, WhatWaitsGoesInBatchesInItsOrder) {
  for (int i = 1; i <= 6; ++i) send(token(i));
  settle();
  EXPECT_EQ(link->sent(), (Batches{{1, 2, 3, 4}, {5, 6}}));
  link->answer(0);
  link->answer(1);
  settle();
  for (const Sent& sent : all) EXPECT_EQ(sent.word(), "delivered");
  EXPECT_EQ(lane->metrics().delivered_total, 6U);
  EXPECT_EQ(lane->metrics().queued_messages, 0U);
  EXPECT_EQ(lane->metrics().batches, 0U);
}

TEST_F(LaneTest, EachMessageOfABatchHasItsOwnOutcome) {
  for (int i = 1; i <= 3; ++i) send(token(i));
  settle();
  link->answer(0, {.answered = 3, .refused = {{1, {"RESOURCE_EXHAUSTED", "full"}}}});
  settle();
  EXPECT_EQ(all[0].word(), "delivered");
  EXPECT_EQ(all[1].word(), "failed");
  EXPECT_EQ(all[1].why(), "full");
  EXPECT_EQ(all[2].word(), "delivered");
  EXPECT_EQ(lane->metrics().failed_total, 1U);
  EXPECT_EQ(lane->metrics().delivered_total, 2U);
}

TEST_F(LaneTest, ControlGoesBeforeTokensAndTokensBeforeBulk) {
  open({}, {.active = 1});
  Sent& first = send(token(0));
  settle();
  send(token(1), {.stream_class = StreamClass::bulk});
  send(token(2), {.stream_class = StreamClass::tokens});
  send(token(3), {.stream_class = StreamClass::control});
  for (std::size_t at = 0; at < 4; ++at) {
    settle();
    ASSERT_EQ(link->batches.size(), at + 1);
    link->answer(at);
  }
  settle();
  EXPECT_EQ(first.word(), "delivered");
  EXPECT_EQ(link->sent(), (Batches{{0}, {3}, {2}, {1}}));
}

TEST_F(LaneTest, OnAMergingLinkTokensOfOneRequestThatWaitGoAsOneAndEachHasItsOutcome) {
  link->now = merging;
  send(token(1, "a"));
  settle();
  for (int i = 2; i <= 4; ++i) send(token(i, "a"));
  send(token(5, "b"));
  settle();
  EXPECT_EQ(link->sent(), (Batches{{1}, {5}})) << "a stream waits for its own answer, not for that of another";
  link->answer(0);
  settle();
  ASSERT_EQ(link->sent(), (Batches{{1}, {5}, {2, 3, 4}}));
  link->lose(2, false);
  settle();
  EXPECT_EQ(all[0].word(), "delivered");
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(all[i].word(), "failed");
  EXPECT_EQ(all[4].word(), "open");
}

TEST_F(LaneTest, WhatOnlyHoldsItsPlaceHoldsUpWhatIsBehindUntilItLeaves) {
  Sent& held = hold(token(1));
  Sent& behind = send(token(2));
  settle();
  EXPECT_TRUE(link->batches.empty());
  held.item.give_up();
  settle();
  ASSERT_EQ(link->sent(), (Batches{{2}})) << "nothing else would wake the lane";
  link->answer(0);
  settle();
  EXPECT_EQ(behind.word(), "delivered");
}

TEST_F(LaneTest, WhatExpiresWhileItHoldsItsPlaceLetsTheOthersGo) {
  Sent& held = hold(token(1));
  send(token(2));
  settle();
  lane->expire(held.item, 5ms);
  settle();
  EXPECT_EQ(held.word(), "skipped");
  EXPECT_EQ(held.why(), "expired: not sent within 5 ms");
  EXPECT_EQ(link->sent(), (Batches{{2}}));
  EXPECT_EQ(lane->metrics().expired_total, 1U);
}

TEST_F(LaneTest, WhatWasSentDoesNotExpire) {
  Sent& sent = send(token(1));
  settle();
  lane->expire(sent.item, 5ms);
  settle();
  EXPECT_EQ(sent.word(), "open");
}

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
  link->answer(0, {.broken = LinkError{"RESOURCE_EXHAUSTED", "too large"}, .resendable = true});
  run_for(3s);
  EXPECT_EQ(sent.word(), "failed");
  EXPECT_EQ(sent.why(), "too large");
  EXPECT_EQ(link->batches.size(), 1U);
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
  link->answer(1, {.broken = LinkError{"DEADLINE_EXCEEDED", "not sent"}, .resendable = true});
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
    lane->add(gone.item, {.message = &gone.message, .flow = std::make_shared<FairLimiter::Flow>()});
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
  open();
  lane->add(sent.item, {.message = &sent.message, .flow = std::make_shared<FairLimiter::Flow>()});
  sent.item.release();
  auto waiters = std::make_unique<Scope>(loop);
  waiters->spawn(wait(sent));
  settle();
  lane->close({DeliveryOutcome::cancelled, {"CANCELLED", "closed"}});  // settles it; the waiter is posted
  waiters.reset();
  settle();
  EXPECT_FALSE(sent.end);
  EXPECT_EQ(sent.item.state(), LaneItem::State::settled);
}

TEST_F(LaneTest, ClosingSettlesWhatWaitsAndStopsWhatIsUnderWay) {
  for (int i = 1; i <= 40; ++i) send(token(i));
  settle();
  lane->close({DeliveryOutcome::cancelled, {"CANCELLED", "closed"}});
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

// A link that becomes another.

TEST_F(LaneTest, AStreamKeepsItsOrderWhenItsLinkBecomesAnOrderedOne) {
  link->now = merging;
  send(token(1, "a"));
  settle();
  link->now = {.ordered = true, .batch_messages_max = 4, .batch_bytes_max = 1000};
  send(token(2, "a"));
  settle();
  EXPECT_EQ(link->sent(), (Batches{{1}})) << "the first may still be on the old link";
  link->answer(0);
  settle();
  EXPECT_EQ(link->sent(), (Batches{{1}, {2}}));
}

TEST_F(LaneTest, AStreamKeepsItsOrderWhenItsLinkIsNoLongerAnOrderedOne) {
  send(token(1, "a"));
  send(token(2, "b"));
  settle();
  link->now = merging;
  send(token(3, "b"));
  settle();
  EXPECT_EQ(link->sent(), (Batches{{1, 2}})) << "the batch in front holds more than one stream";
  link->answer(0);
  settle();
  EXPECT_EQ(link->sent(), (Batches{{1, 2}, {3}}));
}

TEST_F(LaneTest, AFlightThatWaitsForItsPlaceWhileTheLinkBecomesAnotherTakesNothing) {
  open({}, {.active = 1});
  link->now = merging;
  send(token(0, "x"), {.stream_class = StreamClass::control});
  Sent& held = hold(token(1, "a"));
  send(token(2, "b"));
  send(token(3, "a"));
  settle();
  link->now = {.ordered = true, .batch_messages_max = 4, .batch_bytes_max = 1000};
  link->answer(0);
  settle();
  EXPECT_EQ(link->sent(), (Batches{{0}})) << "3 would overtake 1";
  held.item.release();
  settle();
  EXPECT_EQ(link->sent(), (Batches{{0}, {1, 2, 3}}));
}

TEST_F(LaneTest, ALargeMessageAndASmallOneOfAnOrderedLinkAreNotUnderWayTogether) {
  const Message large = *Message::token_result("r", std::vector<std::int32_t>(600, 7777), false);
  ASSERT_GT(large.bytes(), 1000U);
  send(token(1));
  settle();
  send(large);
  send(large);
  send(token(2));
  settle();
  EXPECT_EQ(link->sent(), (Batches{{1}})) << "they travel on two connections, which keep no order between them";
  link->answer(0);
  settle();
  EXPECT_EQ(link->sent(), (Batches{{1}, {7777}, {7777}}));
  link->answer(1);
  settle();
  EXPECT_EQ(link->batches.size(), 3U);
  link->answer(2);
  settle();
  EXPECT_EQ(link->batches.size(), 4U);
}

// Full.

LaneOptions full_at(std::size_t messages, Overflow overflow, Duration patience = 10ms) {
  return {.limits = {.messages = messages, .patience = patience}, .overflow = {overflow, overflow, overflow}};
}

TEST_F(LaneTest, AFullLaneLetsTheNewestWaitAndLosesNothing) {
  open(full_at(2, Overflow::wait), {.per_target = 1});
  for (int i = 1; i <= 10; ++i) send(token(i));
  run_for(1s);
  for (const Sent& sent : all) EXPECT_EQ(sent.word(), "open");
  for (std::size_t at = 0; at < 3; ++at) {
    link->answer(at);
    settle();
  }
  for (const Sent& sent : all) EXPECT_EQ(sent.word(), "delivered");
}

TEST_F(LaneTest, TheOldestIsDroppedOnceALaneWasOverItsLimitForLong) {
  open(full_at(2, Overflow::drop_oldest), {.per_target = 1});
  send(token(0));
  settle();
  for (int i = 1; i <= 4; ++i) send(token(i));
  run_for(9ms);
  EXPECT_EQ(lane->metrics().dropped_total, 0U);
  run_for(1ms);
  EXPECT_EQ(lane->metrics().dropped_total, 2U);
  EXPECT_EQ(all[1].word(), "skipped");
  EXPECT_THAT(all[1].why(), StartsWith("dropped: more than 2 messages"));
  EXPECT_EQ(all[2].word(), "skipped");
  EXPECT_EQ(all[3].word(), "open");
  EXPECT_EQ(lane->metrics().queued_messages, 2U);
}

TEST_F(LaneTest, AShortBurstPasses) {
  open(full_at(2, Overflow::drop_oldest), {.per_target = 1});
  for (int i = 0; i <= 4; ++i) send(token(i));
  run_for(5ms);
  link->answer(0);
  settle();
  run_for(1s);
  EXPECT_EQ(lane->metrics().dropped_total, 0U);
}

TEST_F(LaneTest, PatienceEndsAlsoWhereNothingMayBeSentYet) {
  open(full_at(2, Overflow::drop_oldest));
  for (int i = 1; i <= 4; ++i) hold(token(i));
  run_for(10ms);
  EXPECT_EQ(lane->metrics().dropped_total, 2U);
}

TEST_F(LaneTest, WhereTheLaneIsOverItsBytesASingleMessageStillFits) {
  open({.limits = {.bytes = 100, .patience = 0ms}, .overflow = {Overflow::wait, Overflow::drop_oldest, Overflow::wait}},
       {.per_target = 1});
  send(token(0));
  settle();
  Sent& one = send(token(1));
  run_for(1s);
  EXPECT_EQ(one.word(), "open");
  Sent& two = send(token(2));
  run_for(1s);
  EXPECT_EQ(one.word(), "skipped");
  EXPECT_EQ(two.word(), "open");
}

TEST_F(LaneTest, TheLinkIsDisconnectedWhereStreamsAreUselessWithGaps) {
  open(full_at(2, Overflow::disconnect), {.per_target = 1});
  for (int i = 0; i <= 4; ++i) send(token(i));
  settle();
  for (int i = 5; i <= 7; ++i) send(token(i));
  run_for(10ms);
  EXPECT_EQ(link->disconnects, 1);
  for (int i = 4; i <= 7; ++i) EXPECT_EQ(all[i].word(), "failed");
  EXPECT_THAT(all[4].why(), StartsWith("disconnected: more than 2 messages"));
}

TEST_F(LaneTest, ANewerMessageReplacesAWaitingOneWithItsKeyAndNoOther) {
  open({}, {.per_target = 1});
  const LaneItemOptions a{.stream_class = StreamClass::control, .key = "a"};
  const LaneItemOptions b{.stream_class = StreamClass::control, .key = "b"};
  send(token(0), a);
  settle();
  Sent& old = send(token(1), a);
  Sent& other = send(token(2), b);
  Sent& newer = send(token(3), a);
  settle();
  EXPECT_EQ(all[0].word(), "open") << "it is on its way";
  EXPECT_EQ(old.word(), "skipped");
  EXPECT_EQ(old.why(), "superseded by a newer message with the key 'a'");
  EXPECT_EQ(other.word(), "open");
  EXPECT_EQ(newer.word(), "open");
  EXPECT_EQ(lane->metrics().superseded_total, 1U);
  link->answer(0);
  settle();
  EXPECT_EQ(link->sent(), (Batches{{0}, {2, 3}}));
}

// A dead peer.

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

TEST_F(LaneTest, SingleMessagesOfDifferentStreamsAreUnderWayTogetherThoseOfOneAreNot) {
  link->now = single;
  send(token(1, "a"));
  send(token(2, "a"));
  send(token(3, "b"));
  settle();
  EXPECT_EQ(link->sent(), (Batches{{1}, {3}}));
  link->answer(0);
  settle();
  EXPECT_EQ(link->sent(), (Batches{{1}, {3}, {2}}));
}

}  // namespace
}  // namespace exocast
