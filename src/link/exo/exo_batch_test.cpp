// SPDX-License-Identifier: Apache-2.0
// Batches over a link to exo: each travels as one message, and its end reports only what is certain.
#include "testing/link/deliver_all.h"
#include "testing/link/exo_fixture.h"

namespace exocast::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Refuses every message with `answer`.
class Refuser final : public ExoHandler {
 public:
  explicit Refuser(Status answer) : answer_(std::move(answer)) {}
  task<std::expected<void, Status>> accept(Message /*message*/) override { co_return std::unexpected(answer_); }
  Topology topology() override { return {}; }
  bool healthy() override { return true; }

 private:
  Status answer_;
};

std::vector<Message> batch_of(std::string_view id) {
  return {tokens(id, {1}), tokens(id, {2, 3}), tokens(id, {4}, true)};
}

BatchEnd deliver_all(TestNode& node, ExoLink& link, std::vector<Message> batch, Duration timeout = 10s) {
  auto end = node.run(test::deliver_all(link, std::move(batch), {.deadline = in(timeout)}));
  EXPECT_TRUE(end.ok());
  return *std::move(end);
}

/// The end of a batch at a peer that answers each message with `answer`.
BatchEnd refused_with(Status answer) {
  TestNode node;
  Refuser refuser(std::move(answer));
  const auto server = serve(node.loop, refuser);
  const auto link = node.client->link(server->address());
  return deliver_all(node, *link, batch_of("r"));
}

TEST(ExoBatch, TravelsAsOneMessage) {
  TestNode node;
  const BatchEnd end = deliver_all(node, *node.link, batch_of("r"));
  EXPECT_EQ(end.answered, 3U);
  EXPECT_FALSE(end.broken);
  ASSERT_EQ(node.handler.accepted.size(), 1U);
  EXPECT_THAT(node.handler.accepted[0].tokens(), ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(node.handler.accepted[0].finished());
}

TEST(ExoBatch, OfOneMayBeAStatus) {
  TestNode node;
  EXPECT_EQ(deliver_all(node, *node.link, {status("{}")}).answered, 1U);
  EXPECT_EQ(node.handler.accepted.size(), 1U);
}

TEST(ExoBatch, DataIsNotSentBecauseExoHasNone) {
  TestNode node;
  const Message data = *Message::data("t", "x");
  const BatchEnd end = deliver_all(node, *node.link, {data});
  EXPECT_TRUE(end.unsupported);
  EXPECT_EQ(end.answered, 0U);
  ASSERT_TRUE(end.broken);
  EXPECT_EQ(end.broken->text, "exo nodes take tokens and statuses only");
  EXPECT_THAT(node.deliver(data), HasSubstr("exo nodes take tokens and statuses only"));
  EXPECT_TRUE(node.handler.accepted.empty());
}

TEST(ExoBatch, OneThatThePeerRefusesIsAnsweredAndEachOfItsMessagesRefused) {
  const BatchEnd end = refused_with(Status::resource_exhausted("the inbox is full"));
  EXPECT_EQ(end.answered, 3U);
  EXPECT_FALSE(end.broken);
  ASSERT_EQ(end.refused.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(end.refused[i].index, i);
    EXPECT_EQ(end.refused[i].error.text, "the inbox is full");
  }
}

TEST(ExoBatch, OneThatFoundNoConnectionIsResendable) {
  TestNode node;
  const HeldPort nobody;
  const auto link = node.client->link(nobody.address());
  for (int again = 0; again < 3; ++again) {
    const BatchEnd end = deliver_all(node, *link, batch_of("r"));
    EXPECT_EQ(end.answered, 0U);
    ASSERT_TRUE(end.broken);
    EXPECT_EQ(end.broken->code, StatusCode::unavailable);
    EXPECT_THAT(end.broken->text, HasSubstr("Connection refused"));
    EXPECT_TRUE(end.resendable);
  }
}

TEST(ExoBatch, OneToANameThatDoesNotResolveIsResendable) {
  TestNode node;
  const auto link = node.client->link({.host = "no-such-host.invalid", .port = 1});
  const BatchEnd end = deliver_all(node, *link, batch_of("r"));
  ASSERT_TRUE(end.broken);
  EXPECT_TRUE(end.resendable) << end.broken->text;
}

TEST(ExoBatch, OneWhosePeerSaysThatItCannotConnectToOthersIsNotResendable) {
  const BatchEnd end = refused_with(Status::unavailable("failed to connect to all addresses; last error: x"));
  EXPECT_EQ(end.answered, 0U);
  ASSERT_TRUE(end.broken);
  EXPECT_EQ(end.broken->code, StatusCode::unavailable);
  EXPECT_FALSE(end.resendable) << "the peer has had it";
}

TEST(ExoBatch, OneThatWasCutOffIsNotResendable) {
  TestNode node;
  std::thread ending([&] {
    for (bool has_come = false; !has_come;) {
      std::this_thread::sleep_for(1ms);
      const AsioLoop::Entry inside = node.loop.enter();
      has_come = node.server->calls() > 0;
    }
    node.server.reset();
  });
  const BatchEnd end = deliver_all(node, *node.link, {tokens("hang")});
  ending.join();
  ASSERT_TRUE(end.broken);
  EXPECT_FALSE(end.resendable) << end.broken->code;
}

TEST(ExoBatch, OneWithoutAnAnswerInTimeIsNotResendable) {
  TestNode node;
  const BatchEnd end = deliver_all(node, *node.link, {tokens("hang")}, 100ms);
  ASSERT_TRUE(end.broken);
  EXPECT_EQ(end.broken->code, StatusCode::deadline_exceeded);
  EXPECT_FALSE(end.resendable);
}

TEST(ExoBatch, AfterItsClientClosedIsResendable) {
  TestNode node;
  node.client.reset();
  const BatchEnd end = deliver_all(node, *node.link, batch_of("r"));
  ASSERT_TRUE(end.broken);
  EXPECT_TRUE(end.resendable);
}

TEST(ExoLink, HealthNamesTheNativePortIfThereIsOne) {
  TestNode node({.native_port = 50'123});
  EXPECT_EQ(node.run(node.link->health(in(5s)))->native_port, 50'123);
  TestNode without;
  EXPECT_EQ(without.run(without.link->health(in(5s)))->native_port, std::nullopt);
}

}  // namespace
}  // namespace exocast::testing
