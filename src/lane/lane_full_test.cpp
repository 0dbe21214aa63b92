// SPDX-License-Identifier: Apache-2.0
// A full lane: each overflow policy.
#include <gmock/gmock.h>

#include "lane/lane.h"
#include "testing/lane/lane_fixture.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using testing::StartsWith;

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

TEST_F(LaneTest, WithLatestWinsAFullLaneDropsItsOldestToo) {
  open(full_at(2, Overflow::latest_wins), {.per_target = 1});
  send(token(0));
  settle();
  for (int i = 1; i <= 4; ++i) send(token(i));
  run_for(10ms);
  EXPECT_EQ(all[1].word(), "skipped");
  EXPECT_EQ(all[2].word(), "skipped");
  EXPECT_EQ(lane->metrics().queued_messages, 2U);
}

TEST_F(LaneTest, WithEndlessPatienceAFullLaneDropsNothing) {
  open(full_at(2, Overflow::drop_oldest, Duration::max()), {.per_target = 1});
  for (int i = 0; i <= 4; ++i) send(token(i));
  run_for(1s);
  EXPECT_EQ(lane->metrics().dropped_total, 0U);
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

TEST_F(LaneTest, ANewerMessageTakesThePlaceOfAWaitingOneWithItsKeyAndOfNoOther) {
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
  EXPECT_EQ(link->sent(), (Batches{{0}, {3, 2}}));
}

TEST_F(LaneTest, AKeyThatIsRenewedFasterThanThePeerTakesItHasItsTurn) {
  link->now.batch_messages_max = 1;
  open({}, {.per_target = 1});
  const LaneItemOptions keyed{.stream_class = StreamClass::control, .key = "a"};
  const LaneItemOptions other{.stream_class = StreamClass::control};
  for (int i = 0; i < 3; ++i) send(token(i), other);
  for (std::size_t at = 0; at < 5; ++at) {
    send(token(100 + static_cast<int>(at)), keyed);
    send(token(10 + static_cast<int>(at)), other);
    settle();
    link->answer(at);
    settle();
  }
  EXPECT_EQ(link->sent(), (Batches{{0}, {1}, {2}, {102}, {10}, {11}}));
}

TEST_F(LaneTest, WhatIsToBeSentAgainThoughItsKeyHasBeenRenewedIsNot) {
  open({}, {.per_target = 1});
  const LaneItemOptions keyed{.stream_class = StreamClass::control, .key = "a"};
  Sent& older = send(token(1), keyed);
  send(token(2), {.stream_class = StreamClass::control});
  settle();
  Sent& newer = send(token(3), keyed);
  link->lose(0, true);
  run_for(1s);
  EXPECT_EQ(older.word(), "failed");
  EXPECT_EQ(older.why(), "superseded by a newer message with the key 'a'");
  EXPECT_EQ(newer.word(), "open");
  EXPECT_EQ(link->sent(), (Batches{{1, 2}, {2, 3}}));
}

}  // namespace
}  // namespace exocast
