// SPDX-License-Identifier: Apache-2.0
// Subscriptions that miss messages instead of holding them back, or that want only some.
#include <string>

#include <gtest/gtest.h>

#include "exocast/gather/run_loop.h"
#include "exocast/inbox.h"

namespace exocast {
namespace {

Message of_request(const std::string& request_id, std::size_t padding = 0) {
  return *Message::opaque_status(request_id, '"' + std::string(padding, 'x') + '"');
}

class InboxMissTest : public testing::Test {
 protected:
  /// The next `count` messages, each after the number of messages missed before it: "+3 4 5".
  task<std::string> take(Inbox::Subscription& subscription, int count) {
    std::string taken;
    while (count-- > 0) {
      const Message message = co_await subscription.next();
      if (const auto missed = subscription.take_missed()) taken += "+" + std::to_string(missed) + " ";
      taken += std::string(message.request_id()) + " ";
    }
    co_return taken;
  }

  RunLoop loop_;
};

TEST_F(InboxMissTest, TheOldestGiveWayAndTheSubscriberIsToldHowMany) {
  Inbox inbox({.queued_messages = 2});
  const auto watcher = inbox.subscribe("watcher", {.when_full = WhenFull::miss});
  for (int number = 0; number < 5; ++number) ASSERT_TRUE(inbox.accept(of_request(std::to_string(number))));
  EXPECT_EQ(watcher->queued_messages(), 2U);
  EXPECT_EQ(loop_.run(take(*watcher, 1)).value(), "+3 3 ");
  ASSERT_TRUE(inbox.accept(of_request("5")));
  ASSERT_TRUE(inbox.accept(of_request("6")));
  EXPECT_EQ(loop_.run(take(*watcher, 2)).value(), "+1 5 6 ") << "each is told once";
  EXPECT_EQ(inbox.metrics().missed_total, 4U);
  EXPECT_EQ(inbox.metrics().refused_total, 0U);
}

TEST_F(InboxMissTest, ItHoldsBackNeitherSendersNorOtherSubscribers) {
  Inbox inbox({.queued_messages = 1});
  const auto watcher = inbox.subscribe("watcher", {.when_full = WhenFull::miss});
  const auto other = inbox.subscribe("other");
  ASSERT_TRUE(inbox.accept(of_request("0")));
  EXPECT_EQ(loop_.run(take(*other, 1)).value(), "0 ");
  ASSERT_TRUE(inbox.accept(of_request("1")));
  const auto refused = inbox.accept(of_request("2"));
  ASSERT_FALSE(refused) << "the other one still holds back";
  EXPECT_NE(refused.error().text.find("'other'"), std::string::npos) << refused.error().text;
  EXPECT_EQ(loop_.run(take(*watcher, 1)).value(), "+1 1 ") << "what was refused is not missed";
}

TEST_F(InboxMissTest, WhatSendersDidNotSendIsToldBeforeTheNextMessage) {
  Inbox inbox({.queued_messages = 2});
  const auto watcher = inbox.subscribe("watcher", {.when_full = WhenFull::miss});
  const auto other = inbox.subscribe("other");
  ASSERT_TRUE(inbox.accept(of_request("0")));
  inbox.missed(3);
  inbox.missed(1);
  ASSERT_TRUE(inbox.accept(of_request("1")));
  EXPECT_EQ(loop_.run(take(*other, 2)).value(), "0 +4 1 ");
  ASSERT_TRUE(inbox.accept(of_request("2")));
  EXPECT_EQ(loop_.run(take(*watcher, 2)).value(), "+5 1 2 ") << "with the one that was dropped here";
  EXPECT_EQ(inbox.metrics().unsent_total, 4U);
  EXPECT_EQ(inbox.metrics().missed_total, 1U);
}

TEST_F(InboxMissTest, ALargeMessageMakesAsMuchRoomAsItNeeds) {
  Inbox inbox({.queued_bytes = 100});
  const auto watcher = inbox.subscribe("watcher", {.when_full = WhenFull::miss});
  for (const char* id : {"0", "1", "2"}) ASSERT_TRUE(inbox.accept(of_request(id, 20)));
  ASSERT_TRUE(inbox.accept(of_request("3", 50)));
  EXPECT_LE(watcher->queued_bytes(), 100U);
  EXPECT_EQ(loop_.run(take(*watcher, 2)).value(), "+2 2 3 ");
  ASSERT_TRUE(inbox.accept(of_request("4", 10)));
  ASSERT_TRUE(inbox.accept(of_request("5", 1000)));
  EXPECT_EQ(loop_.run(take(*watcher, 1)).value(), "+1 5 ") << "an empty queue takes any message";
}

TEST_F(InboxMissTest, OnlyTheMessagesOfOneRequest) {
  Inbox inbox({.queued_messages = 1});
  const auto one = inbox.subscribe("one", {.request_id = "r1"});
  const auto none = inbox.subscribe("none", {.request_id = ""});
  ASSERT_TRUE(inbox.accept(of_request("r1")));
  ASSERT_TRUE(inbox.accept(of_request("r2"))) << "no room is needed for what is not wanted";
  ASSERT_FALSE(inbox.accept(of_request("r1")));
  EXPECT_EQ(loop_.run(take(*one, 1)).value(), "r1 ");
  EXPECT_FALSE(one->has_next());
  EXPECT_FALSE(none->has_next()) << "\"\" is the request of what belongs to none";
  ASSERT_TRUE(inbox.accept(of_request("")));
  EXPECT_TRUE(none->has_next());
}

TEST_F(InboxMissTest, TheOriginIsThatOfTheMessageThatWasTaken) {
  Inbox inbox({.queued_messages = 1});
  const auto watcher = inbox.subscribe("watcher", {.when_full = WhenFull::miss});
  EXPECT_FALSE(watcher->origin()) << "there was none";
  const auto at = [](std::uint64_t position) { return Origin{.log = 7, .position = position}; };
  ASSERT_TRUE(inbox.accept(of_request("1"), at(1)));
  EXPECT_EQ(loop_.run(take(*watcher, 1)).value(), "1 ");
  for (const std::uint64_t position : {2U, 3U, 4U}) ASSERT_TRUE(inbox.accept(of_request("2"), at(position)));
  EXPECT_EQ(watcher->origin(), at(1)) << "not of those that were dropped";
  EXPECT_EQ(loop_.run(take(*watcher, 1)).value(), "+2 2 ");
  EXPECT_EQ(watcher->origin(), at(4));
  ASSERT_TRUE(inbox.accept(of_request("5")));
  EXPECT_EQ(loop_.run(take(*watcher, 1)).value(), "5 ");
  EXPECT_FALSE(watcher->origin()) << "exo's nodes do not say it";
}

}  // namespace
}  // namespace exocast
