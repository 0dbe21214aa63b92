// SPDX-License-Identifier: Apache-2.0
// A lane whose link changes to one with other ordering rules.
#include <gmock/gmock.h>

#include "lane/lane.h"
#include "testing/lane/lane_fixture.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

constexpr LinkTraits merging{.ordered = false, .merges = true, .batch_messages_max = 8, .batch_bytes_max = 1000};

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

TEST_F(LaneTest, WhatTheLinkDoesNotCarryIsSkippedAndSaysNothingAboutThePeer) {
  Sent& sent = send(*Message::data("t", "x"));
  settle();
  link->answer(0, {.broken = Status::unimplemented("tokens only"), .unsupported = true});
  settle();
  EXPECT_EQ(sent.word(), "skipped");
  EXPECT_EQ(sent.why(), "tokens only");
  EXPECT_EQ(lane->metrics().skipped_total, 1U);
  EXPECT_EQ(lane->metrics().failed_total, 0U);
}

}  // namespace
}  // namespace exocast
