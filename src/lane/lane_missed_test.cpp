// SPDX-License-Identifier: Apache-2.0
// What a peer is told of messages that it was not sent.
#include <gtest/gtest.h>

#include "testing/lane/lane_fixture.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

TEST_F(LaneTest, ThePeerIsToldOfMessagesThatEndedUnsentBeforeTheNextOne) {
  open({}, {.per_target = 1});
  send(token(0));
  settle();
  Sent& expired = send(token(1));
  Sent& given_up = send(token(2));
  send(token(3));
  lane->expire(expired.item, 1s);
  given_up.item.give_up();
  link->answer(0);
  settle();
  EXPECT_EQ(link->sent(), (Batches{{0}, {3}}));
  EXPECT_EQ(link->batches[0].missed, 0U);
  EXPECT_EQ(link->batches[1].missed, 2U);
  link->answer(1);
  send(token(4));
  settle();
  EXPECT_EQ(link->batches[2].missed, 0U) << "told once";
}

TEST_F(LaneTest, WhatAPeerCouldNotBeToldItIsToldWithTheNextBatch) {
  open({}, {.per_target = 1});
  send(token(0));
  settle();
  lane->expire(send(token(1)).item, 1s);
  send(token(2));
  link->answer(0);
  settle();
  EXPECT_EQ(link->batches[1].missed, 1U);
  link->lose(1, true);
  run_for(1s);
  EXPECT_EQ(link->batches[2].missed, 1U);
}

TEST_F(LaneTest, AMessageThatANewerOneReplacedIsNotMissed) {
  open({}, {.per_target = 1});
  send(token(0), {.stream_class = StreamClass::control});
  settle();
  send(token(1), {.stream_class = StreamClass::control, .key = "a"});
  send(token(2), {.stream_class = StreamClass::control, .key = "a"});
  link->answer(0);
  settle();
  EXPECT_EQ(link->sent(), (Batches{{0}, {2}}));
  EXPECT_EQ(link->batches[1].missed, 0U);
}

TEST_F(LaneTest, WhatWasSentAndGivenUpIsNotSaidToBeMissed) {
  open({}, {.per_target = 1});
  Sent& sent = send(token(0));
  send(token(1));
  settle();
  sent.item.give_up();
  link->answer(0);
  send(token(2));
  settle();
  EXPECT_EQ(link->batches[1].missed, 0U) << "it may have arrived";
}

}  // namespace
}  // namespace exocast
