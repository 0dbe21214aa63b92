// SPDX-License-Identifier: Apache-2.0
// One lane: what it sends and when, and the outcome of what it does not send.
#include "lane/lane.h"

#include <gmock/gmock.h>

#include "testing/lane/lane_fixture.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

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
  link->answer(0, {.answered = 3, .refused = {{1, Status::resource_exhausted("full")}}});
  settle();
  EXPECT_EQ(all[0].word(), "delivered");
  EXPECT_EQ(all[1].word(), "failed");
  EXPECT_EQ(all[1].why(), "full");
  EXPECT_EQ(all[2].word(), "delivered");
  EXPECT_EQ(lane->metrics().failed_total, 1U);
  EXPECT_EQ(lane->metrics().delivered_total, 2U);
}

TEST_F(LaneTest, AnAnswerIsToldAsASignOfLifeAndABrokenLinkIsNot) {
  std::vector<std::string> heard;
  open({.on_answer = [&heard](const std::string& peer) { heard.push_back(peer); }});
  send(token(1));
  settle();
  link->answer(0, {.answered = 1, .refused = {{0, Status::resource_exhausted("full")}}});
  settle();
  EXPECT_THAT(heard, testing::ElementsAre("p"));
  send(token(2));
  settle();
  link->answer(1, {.answered = 0, .broken = Status::unavailable("gone")});
  settle();
  EXPECT_EQ(heard.size(), 1U);
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

TEST_F(LaneTest, WhatOnlyHoldsItsPlaceHasNotWaitedForThePeer) {
  Sent& held = hold(token(1));
  run_for(10s);
  EXPECT_EQ(lane->state(), PeerState::healthy);
  held.item.release();
  run_for(50ms);
  EXPECT_EQ(lane->state(), PeerState::healthy);
  link->answer(0);
  settle();
  EXPECT_EQ(lane->latency().max(), 50ms);
  hold(token(2)).item.release();
  run_for(3s);
  EXPECT_EQ(lane->state(), PeerState::stalled);
}

}  // namespace
}  // namespace exocast
