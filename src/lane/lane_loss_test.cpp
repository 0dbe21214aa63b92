// SPDX-License-Identifier: Apache-2.0
// A lane over a link that merges, as exo's: after a lost token the rest of its request is skipped.
#include <gmock/gmock.h>

#include "lane/lane.h"
#include "testing/lane/lane_fixture.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

constexpr LinkTraits exo_traits{
    .ordered = false, .merges = true, .without_gaps = true, .batch_messages_max = 2, .batch_bytes_max = 1000};

Message last_token(int number, const std::string& request = "r") {
  return *Message::token_result(request, std::vector<std::int32_t>{number}, true);
}

struct LaneLossTest : LaneTest {
  LaneLossTest() { link->now = exo_traits; }

  void refuse(std::size_t at) { link->answer(at, {.broken = Status::internal("refused")}); }
  static void expect_broken(const Sent& sent) {
    EXPECT_EQ(sent.word(), "skipped") << number_of(sent.message);
    EXPECT_EQ(sent.why(), "stream broken: an earlier message of this request was lost");
  }
};

TEST_F(LaneLossTest, TheRestOfARequestIsSkippedUpToItsLastMessage) {
  for (int i = 1; i <= 4; ++i) send(token(i));
  settle();
  refuse(0);
  settle();
  EXPECT_EQ(all[0].word(), "failed");
  EXPECT_EQ(all[1].word(), "failed");
  expect_broken(all[2]);
  expect_broken(all[3]);
  settle();
  expect_broken(send(token(5)));
  settle();
  Sent& last = send(last_token(6));
  settle();
  expect_broken(last);
  EXPECT_EQ(link->sent(), (Batches{{1, 2}}));
  EXPECT_EQ(lane->metrics().skipped_total, 4U);
  send(token(7));
  settle();
  EXPECT_EQ(link->sent(), (Batches{{1, 2}, {7}})) << "the id may be used again";
}

TEST_F(LaneLossTest, OtherRequestsStatusesAndKeysAreNotConcerned) {
  send(token(1));
  settle();
  refuse(0);
  settle();
  send(token(2, "other"));
  send(*Message::opaque_status("r", "{}"));
  send(token(3), {.key = "k"});
  settle();
  for (std::size_t at = 1; at < link->batches.size(); ++at) link->answer(at);
  settle();
  for (std::size_t sent = 1; sent < all.size(); ++sent) EXPECT_EQ(all[sent].word(), "delivered") << sent;
}

TEST_F(LaneLossTest, MessagesBeforeALostOneAreSentAndNoneBehindItIsMergedWithThem) {
  send(token(0));
  settle();
  send(token(1));
  Sent& cancelled = send(token(2));
  send(token(3));
  cancelled.item.give_up();
  link->answer(0);
  settle();
  EXPECT_EQ(link->sent(), (Batches{{0}, {1}}));
  link->answer(1);
  settle();
  EXPECT_EQ(all[1].word(), "delivered");
  expect_broken(all[3]);
}

TEST_F(LaneLossTest, AMessageThatIsResentIsNotLost) {
  for (int i = 1; i <= 3; ++i) send(token(i));
  settle();
  link->lose(0, true);
  run_for(2s);
  ASSERT_EQ(link->sent(), (Batches{{1, 2}, {1, 2}}));
  link->answer(1);
  settle();
  link->answer(2);
  settle();
  for (const Sent& sent : all) EXPECT_EQ(sent.word(), "delivered");
}

TEST_F(LaneLossTest, WhatFallsBehindExpiresOrIsTooLargeIsLost) {
  Sent& waits = hold(token(0, "a"));
  send(token(1, "a"));
  lane->fall_behind(waits.item);
  Sent& expires = hold(token(2, "b"));
  lane->expire(expires.item, 1s);
  send(token(3, "b"));
  send(*Message::token_result("c", std::vector<std::int32_t>(1 << 20, 1'000'000), false));
  send(token(4, "c"));
  settle();
  for (const std::size_t sent : {1, 3, 5}) expect_broken(all[sent]);
  EXPECT_EQ(all[4].word(), "too_large");
  EXPECT_TRUE(link->batches.empty());
}

TEST_F(LaneLossTest, ALastMessageThatIsLostBeforeOneUnderWayEndsTheRequestAllTheSame) {
  send(token(1));
  settle();
  Sent& last = send(last_token(2));
  last.item.give_up();  // while 1 is under way
  refuse(0);
  settle();
  send(token(3));
  settle();
  EXPECT_EQ(link->sent(), (Batches{{1}, {3}})) << "a new request with that id";
}

TEST_F(LaneLossTest, AnOrderedLinkIsToldOfGapsAndSendsTheRest) {
  send(token(1));
  settle();
  refuse(0);
  settle();
  link->now = {.ordered = true, .batch_messages_max = 4, .batch_bytes_max = 1000};
  send(token(2));
  settle();
  EXPECT_EQ(link->sent(), (Batches{{1}, {2}}));
}

TEST(BrokenStreamsTest, TheOneThatBrokeFirstIsForgotten) {
  BrokenStreams broken;
  for (std::size_t i = 0; i <= BrokenStreams::streams_max; ++i) broken.lose(std::to_string(i), 10 + i, false);
  EXPECT_EQ(broken.intact_until("0", 1000), UINT64_MAX);
  EXPECT_EQ(broken.intact_until("1", 1000), 11U);
}

TEST(BrokenStreamsTest, ARequestWhoseLastMessageWasLostMakesRoomFirst) {
  BrokenStreams broken;
  for (std::size_t i = 0; i < BrokenStreams::streams_max; ++i) broken.lose(std::to_string(i), 10 + i, i == 5);
  broken.lose("r", 1000, false);
  EXPECT_EQ(broken.intact_until("0", 2000), 10U);
  EXPECT_EQ(broken.intact_until("r", 2000), 1000U);
}

TEST(BrokenStreamsTest, ARequestEndsWithItsLastMessageEvenIfThatIsLostFirst) {
  BrokenStreams broken;
  broken.lose("r", 3, false);
  broken.lose("r", 7, true);
  broken.lose("r", 2, false);
  EXPECT_EQ(broken.intact_until("r", 5), 2U);
  EXPECT_EQ(broken.intact_until("r", 8), UINT64_MAX) << "a new request with that id";
  broken.lose("r", 9, false);
  EXPECT_EQ(broken.intact_until("r", 10), 9U);
  broken.lose("s", 1, true);
  EXPECT_EQ(broken.intact_until("s", 2), UINT64_MAX);
}

}  // namespace
}  // namespace exocast
