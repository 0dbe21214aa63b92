// SPDX-License-Identifier: Apache-2.0
#include "exocast/node/inbox.h"

#include <array>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exocast/gather/run_loop.h"
#include "exocast/gather/wait.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

Message numbered(int number, std::size_t padding = 0) {
  return *Message::opaque_status(std::to_string(number), '"' + std::string(padding, 'x') + '"');
}

class InboxTest : public testing::Test {
 protected:
  /// The ids of the next `count` messages.
  task<std::string> take(Inbox::Subscription& subscription, int count) {
    std::string ids;
    while (count-- > 0) ids += (co_await subscription.next()).request_id() + " ";
    co_return ids;
  }

  VirtualClock clock_;
  RunLoop loop_{clock_};
};

TEST_F(InboxTest, EverySubscriberGetsEveryMessageInOrder) {
  Inbox inbox;
  const auto a = inbox.subscribe("a");
  const auto b = inbox.subscribe("b");
  for (int number = 0; number < 3; ++number) ASSERT_TRUE(inbox.accept(numbered(number)));
  EXPECT_EQ(loop_.run(take(*a, 3)).value(), "0 1 2 ");
  EXPECT_EQ(loop_.run(take(*b, 3)).value(), "0 1 2 ");
  EXPECT_EQ(inbox.metrics().accepted_total, 3U);
}

TEST_F(InboxTest, ASubscriberWaitsForAMessageThatComesLater) {
  Inbox inbox;
  const auto subscription = inbox.subscribe("a");
  const auto work = [&]() -> task<std::string> {
    const Context& context = co_await this_context();
    context.scope->spawn([](Inbox& to) -> task<void> {
      for (int number = 0; number < 3; ++number) {
        co_await sleep_for(1ms);
        EXPECT_TRUE(to.accept(numbered(number)));
      }
    }(inbox));
    co_return co_await take(*subscription, 3);
  };
  EXPECT_EQ(loop_.run(work()).value(), "0 1 2 ");
}

TEST_F(InboxTest, AFullSubscriptionRefusesByNameAndNobodyGetsTheMessage) {
  Inbox inbox({.queued_messages = 2});
  const auto quick = inbox.subscribe("quick");
  const auto slow = inbox.subscribe("slow");
  ASSERT_TRUE(inbox.accept(numbered(0)));
  ASSERT_TRUE(inbox.accept(numbered(1)));
  EXPECT_EQ(loop_.run(take(*quick, 2)).value(), "0 1 ");
  const auto refused = inbox.accept(numbered(2));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "RESOURCE_EXHAUSTED");
  EXPECT_THAT(refused.error().text, HasSubstr("'slow' has not yet taken 2 messages"));
  EXPECT_FALSE(quick->has_next());
  EXPECT_EQ(inbox.metrics().refused_total, 1U);
  EXPECT_EQ(loop_.run(take(*slow, 1)).value(), "0 ");
  EXPECT_TRUE(inbox.accept(numbered(3))) << "there is room again";
}

TEST_F(InboxTest, BytesAreBoundedButAnEmptyQueueTakesAnyMessage) {
  Inbox inbox({.queued_bytes = 100});
  const auto subscription = inbox.subscribe("a");
  ASSERT_TRUE(inbox.accept(numbered(0, 1000)));
  EXPECT_GT(subscription->queued_bytes(), 1000U);
  EXPECT_FALSE(inbox.accept(numbered(1)));
  EXPECT_EQ(loop_.run(take(*subscription, 1)).value(), "0 ");
  EXPECT_EQ(subscription->queued_bytes(), 0U);
  EXPECT_TRUE(inbox.accept(numbered(2)));
  EXPECT_FALSE(inbox.accept(numbered(3, 90)));
  EXPECT_TRUE(inbox.accept(numbered(4, 10)));
}

TEST_F(InboxTest, WithoutSubscribersMessagesAreAcceptedAndCounted) {
  Inbox inbox;
  EXPECT_TRUE(inbox.accept(numbered(0)));
  EXPECT_EQ(inbox.metrics().unheard_total, 1U);
  inbox.subscribe("gone at once");
  EXPECT_TRUE(inbox.accept(numbered(1)));
  EXPECT_EQ(inbox.metrics().unheard_total, 2U);
}

TEST_F(InboxTest, AStoppedSubscriberLosesNothing) {
  Inbox inbox;
  const auto subscription = inbox.subscribe("a");
  Scope scope(loop_);
  scope.spawn(take(*subscription, 1),
              [](const Outcome<std::string>& ended) noexcept { EXPECT_EQ(ended.reason(), Reason::cancelled); });
  scope.request_stop();
  ASSERT_TRUE(inbox.accept(numbered(0)));
  EXPECT_EQ(loop_.run(take(*subscription, 1)).value(), "0 ");
}

}  // namespace
}  // namespace exocast
