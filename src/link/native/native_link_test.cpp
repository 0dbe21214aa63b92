// SPDX-License-Identifier: Apache-2.0
#include "link/native/native_link.h"

#include <numeric>

#include "testing/link/native_pair.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

std::vector<int> up_to(int last) {
  std::vector<int> numbers(static_cast<std::size_t>(last));
  std::iota(numbers.begin(), numbers.end(), 1);
  return numbers;
}

struct NativeLinkTest : testing::Test {
  NativePair pair;
};

TEST_F(NativeLinkTest, DeliversABatchInOrderAndWithOneAnswer) {
  const auto batch = pair.deliver(numbered_batch(1, 100));
  pair.run_dry();
  EXPECT_TRUE(pair.end(batch).delivered(100));
  EXPECT_EQ(pair.handler.heard, up_to(100));
  EXPECT_EQ(pair.link->metrics().frames_in, 2U);  // the welcome and one ack
  EXPECT_EQ(pair.link->metrics().unacked_messages, 0U);
  EXPECT_EQ(pair.link->metrics().unacked_messages_peak, 100U);
}

TEST_F(NativeLinkTest, ManyBatchesKeepTheirOrderWhileTheHandlerIsSlow) {
  pair.handler.takes = 1ms;
  for (int i = 0; i < 50; ++i) pair.deliver(numbered_batch(1 + 2 * i, 2));
  pair.run_dry();
  EXPECT_EQ(pair.handler.heard, up_to(100));
  for (std::size_t i = 0; i < 50; ++i) EXPECT_TRUE(pair.end(i).delivered(2));
}

TEST_F(NativeLinkTest, TheHandlersRefusalsComeBackByPlaceAndWord) {
  pair.handler.answer = [](const Message& message) -> Answer {
    if (number_of(message) % 3 != 0) return {};
    return std::unexpected(Status::resource_exhausted("full at " + std::to_string(number_of(message))));
  };
  const auto batch = pair.deliver(numbered_batch(1, 7));
  pair.run_dry();
  const BatchEnd& end = pair.end(batch).batch;
  EXPECT_EQ(end.answered, 7U);
  EXPECT_FALSE(end.broken);
  ASSERT_EQ(end.refused.size(), 2U);
  EXPECT_EQ(end.refused[0].index, 2U);
  EXPECT_EQ(end.refused[1].index, 5U);
  EXPECT_EQ(end.refused[1].error.code, StatusCode::resource_exhausted);
  EXPECT_EQ(end.refused[1].error.text, "full at 6");
}

TEST_F(NativeLinkTest, DisconnectingEndsTheConnectionAndTheNextDeliveryConnectsAgain) {
  const auto first = pair.deliver(numbered_batch(1, 3));
  pair.run_dry();
  pair.link->disconnect();
  EXPECT_FALSE(pair.link->connected());
  EXPECT_EQ(pair.link->metrics().breaks_of(LinkBreak::disconnected), 1U);
  const auto second = pair.deliver(numbered_batch(4, 3));
  pair.run_dry();
  EXPECT_TRUE(pair.end(first).delivered(3));
  EXPECT_TRUE(pair.end(second).delivered(3));
  EXPECT_EQ(pair.handler.heard, up_to(6));
  EXPECT_EQ(pair.link->metrics().reconnects_total, 1U);
}

TEST_F(NativeLinkTest, ALargeMessageTravelsOnItsOwnConnection) {
  const auto bulk = pair.deliver({large(3 << 20)});
  const auto small = pair.deliver({numbered(1)});
  pair.run_dry();
  EXPECT_TRUE(pair.end(bulk).delivered(1));
  EXPECT_TRUE(pair.end(small).delivered(1));
  EXPECT_EQ(pair.wires.size(), 2U);
  EXPECT_EQ(pair.handler.heard, (std::vector{1, -1}));
  EXPECT_GT(pair.handler.bytes, std::size_t{3} << 20);
}

TEST_F(NativeLinkTest, AHandlerThatIsSlowWithTokensDoesNotDelayControl) {
  pair.handler.sessions = 2;
  pair.handler.takes = 1s;
  pair.deliver(numbered_batch(0, 5));
  pair.run_for(100ms);
  pair.handler.takes = Duration::zero();
  const std::size_t control = pair.deliver({numbered(100)}, 10s, StreamClass::control);
  pair.run_for(100ms);
  EXPECT_TRUE(pair.end(control).delivered(1));
  EXPECT_EQ(pair.handler.heard, (std::vector<int>{100}));
  EXPECT_EQ(pair.link->metrics().connects_total, 2U);
}

TEST_F(NativeLinkTest, ARefusedFirstConnectionFailsAtOnceWithItsReason) {
  pair.refuse_dials = true;
  const auto batch = pair.deliver({numbered(1)});
  pair.run_for(1ms);
  EXPECT_EQ(pair.end(batch).code(), "UNAVAILABLE");
  EXPECT_EQ(pair.end(batch).batch.broken->text, "refused");
  EXPECT_TRUE(pair.end(batch).batch.resendable);
  EXPECT_EQ(pair.end(batch).after, 0ms);
}

TEST_F(NativeLinkTest, AfterABreakTheUnansweredIsSettledByTheWelcome) {
  pair.handler.takes = 1ms;
  const auto first = pair.deliver(numbered_batch(1, 10));
  const auto second = pair.deliver(numbered_batch(11, 10));
  pair.run_for(5500us);
  ASSERT_EQ(pair.handler.heard.size(), 5U);
  pair.wires.back()->cut(0ms, 0ms);
  pair.run_dry();
  // The handler finished its message, and received one more before the first answer found the connection cut.
  EXPECT_EQ(pair.handler.heard, up_to(7));
  EXPECT_EQ(pair.end(first).code(), "UNAVAILABLE");
  EXPECT_TRUE(pair.end(first).batch.resendable);
  EXPECT_EQ(pair.end(first).batch.answered, 7U);
  EXPECT_EQ(pair.end(second).batch.answered, 0U);
  EXPECT_TRUE(pair.end(second).batch.resendable);
  pair.deliver(numbered_batch(8, 13));
  pair.run_dry();
  EXPECT_EQ(pair.handler.heard, up_to(20));
  EXPECT_EQ(pair.link->metrics().reconnects_total, 1U);
  EXPECT_EQ(pair.link->metrics().breaks_of(LinkBreak::broken), 1U);
}

}  // namespace
}  // namespace exocast
