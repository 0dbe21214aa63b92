// SPDX-License-Identifier: Apache-2.0
// A link that tells of answers before the end of a batch.
#include <stdexcept>

#include <gtest/gtest.h>

#include "lane/lane.h"
#include "testing/lane/lane_fixture.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

/// Tells that the first message is refused, and throws.
class ThrowingLink final : public Link {
 public:
  std::string_view kind() const noexcept override { return "throwing"; }
  std::size_t message_bytes_max() const noexcept override { return 1 << 20; }
  LinkTraits traits() const noexcept override {
    return {.ordered = true, .batch_messages_max = 4, .batch_bytes_max = 1000};
  }
  task<std::expected<void, Status>> deliver(Message /*message*/, Deadline /*deadline*/) override { co_return {}; }
  task<BatchEnd> deliver_all(MessageBatch /*batch*/, BatchOptions options) override {
    co_await yield();
    const Refusal refusal{.index = 0, .error = Status::invalid_argument("no")};
    options.progress->answered(1, std::span(&refusal, 1));
    throw std::runtime_error("out of order");
  }
};

TEST_F(LaneTest, WhatIsAnsweredEarlyIsSettledEarlyAndTheRestIsSentAgain) {
  open({}, {.per_target = 1});
  for (int i = 0; i < 4; ++i) send(token(i));
  settle();
  const Refusal refusal{.index = 1, .error = Status::invalid_argument("no")};
  link->batches[0].progress->answered(2, std::span(&refusal, 1));
  settle();
  EXPECT_EQ(all[0].word(), "delivered");
  EXPECT_EQ(all[1].word(), "failed");
  EXPECT_EQ(all[2].word(), "open");
  EXPECT_EQ(lane->unanswered(StreamClass::tokens).messages, 2U);
  link->answer(0, {.answered = 3, .refused = {refusal}, .broken = Status::unavailable("lost"), .resendable = true});
  run_for(1s);
  EXPECT_EQ(link->sent(), (std::vector<std::vector<int>>{{0, 1, 2, 3}, {3}}));
  link->answer(1);
  settle();
  EXPECT_EQ(all[3].word(), "delivered");
  EXPECT_EQ(lane->metrics().delivered_total, 3U);
  EXPECT_EQ(lane->metrics().failed_total, 1U);
}

TEST_F(LaneTest, AnEarlyAnswerDoesNotHideThatThePeerIsGoneLater) {
  open({.circuit = {.failures = 1, .span = Duration::zero()}}, {.per_target = 1});
  for (int i = 0; i < 4; ++i) send(token(i));
  settle();
  link->batches[0].progress->answered(2, {});
  link->lose(0, false, 2);
  settle();
  EXPECT_EQ(lane->metrics().circuit, CircuitState::open);
}

TEST_F(LaneTest, ALinkThatThrowsAfterItsPeerRefusedHasNotShownThatItAccepts) {
  to.link = std::make_shared<ThrowingLink>();
  int answers = 0;
  open({.on_answer = [&](const std::string& /*peer*/) { ++answers; }});
  for (int i = 0; i < 2; ++i) send(token(i));
  run_for(1s);
  EXPECT_EQ(all[0].why(), "no");
  EXPECT_EQ(all[1].why(), "out of order");
  EXPECT_EQ(answers, 1);
  EXPECT_FALSE(lane->accepts(StreamClass::tokens));
}

}  // namespace
}  // namespace exocast
