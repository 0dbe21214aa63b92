// SPDX-License-Identifier: Apache-2.0
#include "exocast/inbox.h"

#include <array>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exocast/gather/run_loop.h"
#include "exocast/gather/wait.h"
#include "testing/node/numbered.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class InboxTest : public testing::Test {
 protected:
  /// The ids of the next `count` messages.
  task<std::string> take(Inbox::Subscription& subscription, int count) {
    std::string ids;
    while (count-- > 0) ids += std::string((co_await subscription.next()).request_id()) + " ";
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

TEST_F(InboxTest, ASubscriberOfATopicGetsItsDataAlone) {
  Inbox inbox;
  const auto news = inbox.subscribe("news", {.topic = "news"});
  const auto without_topic = inbox.subscribe("none", {.topic = ""});
  for (const Message& message : {numbered(1), *Message::data("news", "a"), *Message::data("", "b"),
                                 *Message::data("old", "c"), *Message::data("news", "d")}) {
    ASSERT_TRUE(inbox.accept(message));
  }
  EXPECT_EQ(news->queued_messages(), 2U);
  EXPECT_EQ(loop_.run(news->next())->payload(), "a");
  EXPECT_EQ(without_topic->queued_messages(), 1U);
  EXPECT_EQ(loop_.run(without_topic->next())->payload(), "b");
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
  EXPECT_EQ(refused.error().code, StatusCode::resource_exhausted);
  EXPECT_THAT(refused.error().text, HasSubstr("'slow' has not yet taken 2 messages"));
  EXPECT_FALSE(quick->has_next());
  EXPECT_EQ(inbox.metrics().refused_total, 1U);
  EXPECT_EQ(loop_.run(take(*slow, 1)).value(), "0 ");
  EXPECT_TRUE(inbox.accept(numbered(3))) << "there is room again";
}

TEST_F(InboxTest, AcceptingNowTakesTheMessageOrLeavesItAsItIs) {
  Inbox inbox({.queued_messages = 1});
  const auto a = inbox.subscribe("a");
  const auto b = inbox.subscribe("b");
  Message first = numbered(0);
  EXPECT_TRUE(inbox.accept_now(first));
  EXPECT_EQ(loop_.run(take(*a, 1)).value(), "0 ");
  Message second = numbered(1);
  EXPECT_FALSE(inbox.accept_now(second)) << "'b' is full";
  EXPECT_EQ(second.request_id(), "1");
  EXPECT_FALSE(a->has_next());
  EXPECT_EQ(inbox.metrics().refused_total, 0U);
  EXPECT_EQ(loop_.run(take(*b, 1)).value(), "0 ");
  EXPECT_TRUE(inbox.accept_now(second));
  EXPECT_EQ(loop_.run(take(*a, 1)).value(), "1 ");
  EXPECT_EQ(loop_.run(take(*b, 1)).value(), "1 ");
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

class InboxPatienceTest : public InboxTest {
 protected:
  InboxPatienceTest() { subscription_ = inbox_.subscribe("slow"); }

  /// A message arrives; its outcome goes into ends_.
  void come(int number) {
    scope_.spawn(accept(numbered(number)), [this, number](const auto& end) noexcept {
      ends_ += std::to_string(number) + (end.ok() ? "+ " : end.error() != nullptr ? "- " : "! ");
    });
  }
  task<std::expected<void, Status>> accept(Message message) { co_return co_await inbox_.accept_soon(message); }
  std::string taken(int count) { return loop_.run(take(*subscription_, count)).value(); }
  void wait(Duration time) {
    loop_.run([](Duration time) -> task<void> { co_await sleep_for(time); }(time));
  }

  Inbox inbox_{{.queued_messages = 2, .patience = 100ms}};
  std::unique_ptr<Inbox::Subscription> subscription_;
  std::string ends_;
  Scope scope_{loop_};
};

TEST_F(InboxPatienceTest, MessagesThatFindNoRoomWaitAndAreAcceptedInOrder) {
  for (int number = 0; number < 5; ++number) come(number);
  EXPECT_EQ(ends_, "0+ 1+ ");
  EXPECT_EQ(inbox_.metrics().waiting, 3U);
  EXPECT_EQ(taken(1), "0 ");
  come(5);
  EXPECT_EQ(taken(5), "1 2 3 4 5 ");
  wait(1ms);
  EXPECT_EQ(ends_, "0+ 1+ 2+ 3+ 4+ 5+ ");
  EXPECT_EQ(inbox_.metrics().waiting, 0U);
  EXPECT_EQ(inbox_.metrics().waited_total, 4U);
  EXPECT_EQ(inbox_.metrics().refused_total, 0U);
}

TEST_F(InboxPatienceTest, PatienceEnds) {
  for (int number = 0; number < 4; ++number) come(number);
  wait(99ms);
  EXPECT_EQ(ends_, "0+ 1+ ");
  wait(2ms);
  EXPECT_EQ(ends_, "0+ 1+ 2- 3- ");
  EXPECT_EQ(inbox_.metrics().refused_total, 2U);
  EXPECT_EQ(taken(2), "0 1 ");
  EXPECT_FALSE(subscription_->has_next());
}

TEST_F(InboxPatienceTest, NobodyOvertakesThoseWhoWait) {
  for (int number = 0; number < 3; ++number) come(number);
  EXPECT_FALSE(inbox_.accept(numbered(9))) << "one that does not wait is refused";
  Message now = numbered(9);
  EXPECT_FALSE(inbox_.accept_now(now));
  EXPECT_EQ(taken(3), "0 1 2 ");
}

TEST_F(InboxPatienceTest, AStoppedOneIsForgottenAndOneThatWasTakenCounts) {
  for (int number = 0; number < 4; ++number) come(number);
  EXPECT_EQ(taken(1), "0 ");  // number 2 has the room, but its task has not resumed yet
  scope_.request_stop();
  wait(1ms);
  EXPECT_EQ(ends_, "0+ 1+ 3! 2+ ");
  EXPECT_EQ(inbox_.metrics().waiting, 0U);
  EXPECT_EQ(taken(2), "1 2 ");
}

TEST_F(InboxPatienceTest, OneThatGivesUpLetsThoseBehindItIn) {
  for (const bool stopped : {false, true}) {
    subscription_ = inbox_.subscribe("a", {.request_id = "a"});
    const auto other = inbox_.subscribe("b", {.request_id = "b"});
    Scope first(loop_);
    const auto come = [&](Scope& scope, const std::string& request) {
      scope.spawn(accept(*Message::token_result(request, std::vector<std::int32_t>{1}, false)),
                  [this, request](const auto& end) noexcept { ends_ += request + (end.ok() ? "+ " : "- "); });
    };
    ends_.clear();
    for (int number = 0; number < 3; ++number) come(first, "a");
    wait(50ms);
    come(scope_, "b");
    EXPECT_EQ(ends_, "a+ a+ ");
    if (stopped) first.request_stop();
    wait(stopped ? 1ms : 51ms);
    EXPECT_EQ(ends_, "a+ a+ a- b+ ");
  }
}

TEST_F(InboxPatienceTest, ASubscriptionThatGoesMakesRoom) {
  for (int number = 0; number < 3; ++number) come(number);
  const auto other = inbox_.subscribe("other");
  subscription_.reset();
  wait(1ms);
  EXPECT_EQ(ends_, "0+ 1+ 2+ ");
  EXPECT_EQ(loop_.run(take(*other, 1)).value(), "2 ");
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
