// SPDX-License-Identifier: Apache-2.0
// Messages that wait for the answer to the batch under way.
#include <gtest/gtest.h>

#include "testing/lane/lane_fixture.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

TEST_F(LaneTest, MessagesGatherForTheAnswerHoweverLongThatMayTake) {
  link->now.gather_for = Duration::max();
  open();
  send(token(0));
  settle();
  send(token(1));
  run_for(1h);
  send(token(2));
  settle();
  EXPECT_EQ(link->sent(), (Batches{{0}}));
  link->answer(0);
  settle();
  EXPECT_EQ(link->sent(), (Batches{{0}, {1, 2}}));
}

TEST_F(LaneTest, MessagesThatFillABatchDoNotGatherAndOthersOnlyForSoLong) {
  link->now.gather_for = 1ms;
  open();
  send(token(0));
  settle();
  for (int i = 1; i <= 5; ++i) send(token(i));
  settle();
  EXPECT_EQ(link->sent(), (Batches{{0}, {1, 2, 3, 4}}));
  run_for(1ms);
  EXPECT_EQ(link->sent(), (Batches{{0}, {1, 2, 3, 4}, {5}}));
}

TEST_F(LaneTest, WhatComesInEveryTurnGathersAfterTheAnswerUntilATurnWithoutMore) {
  link->now.gather_for = 1ms;
  link->now.batch_messages_max = 16;
  open();
  send(token(0));
  settle();
  send(token(1));  // waits for the answer
  loop.turn();
  link->answer(0);
  for (int number = 2; number < 8; number += 2) {
    send(token(number));
    send(token(number + 1));
    loop.turn();
    EXPECT_EQ(link->sent().size(), 1U) << "before " << number;
  }
  settle();
  EXPECT_EQ(link->sent(), (Batches{{0}, {1, 2, 3, 4, 5, 6, 7}}));
}

}  // namespace
}  // namespace exocast
