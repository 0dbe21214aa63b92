// SPDX-License-Identifier: Apache-2.0
#include "link/negotiated/negotiated_link.h"

#include <string>

#include <gtest/gtest.h>

#include "exocast/gather/run_loop.h"
#include "exocast/gather/wait.h"
#include "testing/link/deliver_all.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

Message tokens(std::string_view id) { return *Message::token_result(id, std::vector{1}, false); }
Status unavailable() { return Status::unavailable("gone"); }

/// Gives the configured answers after a delay; counts received messages.
struct FakeExo final : ExoLink {
  std::string_view kind() const noexcept override { return "exo"; }
  std::size_t message_bytes_max() const noexcept override { return 1000; }
  task<std::expected<void, Status>> deliver(Message /*message*/, Deadline /*deadline*/) override {
    ++delivered;
    co_return {};
  }
  task<BatchEnd> deliver_all(MessageBatch batch, BatchOptions /*options*/) override {
    if (takes > Duration::zero()) co_await sleep_for(takes);
    if (gone) co_return BatchEnd{.broken = unavailable()};
    delivered += batch.size();
    co_return BatchEnd{.answered = batch.size()};
  }
  task<std::expected<std::string, Status>> ask(Question question, Deadline /*deadline*/) override {
    co_return question.name() + " by exo";
  }
  task<std::expected<Health, Status>> health(Deadline /*deadline*/) override {
    ++asked;
    co_await sleep_for(10ms);
    if (gone) co_return std::unexpected(unavailable());
    co_return Health{.healthy = true, .native_port = native_port};
  }
  task<std::expected<Topology, Status>> collect_topology(Deadline /*deadline*/) override { co_return Topology(); }

  std::optional<std::uint16_t> native_port;
  bool gone = false;
  Duration takes{};
  std::size_t asked = 0;
  std::size_t delivered = 0;
};

struct NativePeer {
  bool reachable = true;
  std::optional<BatchEnd> fails;
  std::size_t delivered = 0;
  std::size_t links = 0;
  std::size_t dials = 0;
};

struct FakeNative final : Link {
  explicit FakeNative(NativePeer& peer) : peer(peer) { ++peer.links; }
  std::string_view kind() const noexcept override { return "native"; }
  std::size_t message_bytes_max() const noexcept override { return 500; }
  LinkTraits traits() const noexcept override { return {.ordered = true, .batch_messages_max = 256}; }
  task<std::expected<void, Status>> deliver(Message /*message*/, Deadline /*deadline*/) override { co_return {}; }
  task<BatchEnd> deliver_all(MessageBatch batch, BatchOptions /*options*/) override {
    if (peer.fails) co_return *peer.fails;
    peer.delivered += batch.size();
    co_return BatchEnd{.answered = batch.size()};
  }
  NativePeer& peer;
};

struct FakeDialer final : Dialer {
  explicit FakeDialer(NativePeer& peer) : peer(peer) {}
  task<std::expected<std::unique_ptr<ByteStream>, Status>> dial(Deadline deadline) override {
    ++peer.dials;
    if (!peer.reachable) co_await sleep_until(deadline);
    if (!peer.reachable) co_return std::unexpected(unavailable());
    co_return std::unique_ptr<ByteStream>();
  }
  NativePeer& peer;
};

class NegotiatedLinkTest : public testing::Test {
 protected:
  std::string deliver(Duration timeout = 10s) {
    const auto outcome = loop_.run(link_.deliver(tokens("r"), Deadline::after(loop_.now(), timeout)));
    return outcome.ok() ? "ok" : std::string(to_string(outcome.error()->code));
  }
  BatchEnd deliver_all(std::vector<Message> batch = {tokens("r"), tokens("r")}) {
    return loop_.run(test::deliver_all(link_, std::move(batch), {.deadline = Deadline::after(loop_.now(), 10s)}))
        .value();
  }
  void wait(Duration time) {
    loop_.run([](Duration time) -> task<void> { co_await sleep_for(time); }(time));
  }

  VirtualClock clock_;
  RunLoop loop_{clock_};
  std::shared_ptr<FakeExo> exo_ = std::make_shared<FakeExo>();
  NativePeer peer_;
  NegotiatedLink link_{
      loop_,
      exo_,
      {.dialer = [this](std::uint16_t) -> std::unique_ptr<Dialer> { return std::make_unique<FakeDialer>(peer_); },
       .link = [this](std::unique_ptr<Dialer>) -> std::unique_ptr<Link> {
         return std::make_unique<FakeNative>(peer_);
       }}};
};

TEST_F(NegotiatedLinkTest, AsksOnceAndUsesExoWhereNoNativePortIsNamed) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(deliver(), "ok");
  EXPECT_EQ(exo_->asked, 1U);
  EXPECT_EQ(exo_->delivered, 3U);
  EXPECT_EQ(link_.kind(), "exo");
  EXPECT_EQ(link_.metrics().exo_chosen_total, 1U);
}

TEST_F(NegotiatedLinkTest, AsksQuestionsByTheLinkToExoWhicheverIsInUse) {
  exo_->native_port = 7;
  EXPECT_EQ(deliver(), "ok");
  EXPECT_EQ(link_.kind(), "native");
  EXPECT_EQ(loop_.run(link_.ask(Question::stats(), Deadline::never())).value(), "stats by exo");
}

TEST_F(NegotiatedLinkTest, UsesTheNativeLinkWhereThePeerOffersIt) {
  exo_->native_port = 7;
  EXPECT_EQ(link_.kind(), "exo") << "until one was chosen";
  EXPECT_FALSE(link_.traits().ordered);
  EXPECT_TRUE(link_.traits().merges);
  EXPECT_FALSE(link_.traits().without_gaps) << "the peer may speak native";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(deliver(), "ok");
  EXPECT_EQ(deliver_all().answered, 2U);
  EXPECT_EQ(exo_->delivered, 0U);
  EXPECT_EQ(peer_.delivered, 5U);
  EXPECT_EQ(link_.kind(), "native");
  EXPECT_TRUE(link_.traits().ordered);
  EXPECT_EQ(link_.message_bytes_max(), 500U);
}

TEST_F(NegotiatedLinkTest, APortThatCannotBeReachedMeansExoForAWhile) {
  exo_->native_port = 7;
  peer_.reachable = false;
  EXPECT_EQ(deliver(), "ok");
  EXPECT_EQ(deliver(), "ok");
  EXPECT_EQ(exo_->delivered, 2U);
  EXPECT_EQ(peer_.dials, 1U);
  EXPECT_EQ(link_.metrics().native_unreachable_total, 1U);
  peer_.reachable = true;
  wait(31s);
  EXPECT_EQ(deliver(), "ok");
  EXPECT_EQ(peer_.delivered, 1U);
}

TEST_F(NegotiatedLinkTest, WhatANativeLinkSurelyDidNotBringGoesOverExoOnce) {
  exo_->native_port = 7;
  peer_.fails = BatchEnd{.broken = unavailable(), .resendable = true};
  EXPECT_EQ(deliver(), "ok");
  EXPECT_EQ(exo_->delivered, 1U);
}

TEST_F(NegotiatedLinkTest, WhatMayHaveArrivedIsNotSentAgain) {
  exo_->native_port = 7;
  peer_.fails = BatchEnd{.broken = unavailable(), .resendable = false};
  EXPECT_EQ(deliver(), "UNAVAILABLE");
  EXPECT_EQ(exo_->delivered, 0U);
}

TEST_F(NegotiatedLinkTest, AsksAgainAfterANativeLinkThatWorkedBrokeAndKeepsItForItsSession) {
  exo_->native_port = 7;
  EXPECT_EQ(deliver_all().answered, 2U);
  peer_.fails = BatchEnd{.broken = unavailable(), .resendable = true};
  EXPECT_TRUE(deliver_all().broken);
  EXPECT_EQ(exo_->asked, 1U);
  peer_.fails.reset();
  EXPECT_EQ(deliver_all().answered, 2U);
  EXPECT_EQ(exo_->asked, 2U);
  EXPECT_EQ(peer_.links, 1U) << "it knows what the peer has had";
  exo_->native_port = 8;
  peer_.fails = BatchEnd{.broken = unavailable(), .resendable = true};
  EXPECT_TRUE(deliver_all().broken);
  peer_.fails.reset();
  EXPECT_EQ(deliver_all().answered, 2U);
  EXPECT_EQ(peer_.links, 2U) << "another port is another peer";
}

TEST_F(NegotiatedLinkTest, AnUnansweredQuestionFailsTheDeliveryAndIsAskedAgain) {
  exo_->gone = true;
  const BatchEnd end = deliver_all();
  ASSERT_TRUE(end.broken);
  EXPECT_EQ(end.broken->code, StatusCode::unavailable);
  EXPECT_TRUE(end.resendable) << "nothing was sent";
  exo_->gone = false;
  EXPECT_EQ(deliver(), "ok");
  EXPECT_EQ(exo_->asked, 2U);
}

TEST_F(NegotiatedLinkTest, DeliveriesThatBeginTogetherShareOneQuestionAndKeepTheirOwnDeadlines) {
  Scope scope(loop_);
  std::string ends;
  const auto note = [&](const auto& outcome) noexcept { ends += outcome.ok() ? "+" : "-"; };
  scope.spawn(link_.deliver(tokens("a"), Deadline::after(loop_.now(), 1ms)), note);
  scope.spawn(link_.deliver(tokens("b"), Deadline::after(loop_.now(), 1s)), note);
  scope.spawn(link_.deliver(tokens("c"), Deadline::after(loop_.now(), 1s)), note);
  wait(100ms);
  EXPECT_EQ(ends, "-++");
  EXPECT_EQ(exo_->asked, 1U);
}

TEST_F(NegotiatedLinkTest, ABatchThatExoCannotTakeIsGivenBack) {
  EXPECT_EQ(deliver(), "ok");
  const BatchEnd end = deliver_all({tokens("a"), tokens("b")});
  ASSERT_TRUE(end.broken);
  EXPECT_TRUE(end.resendable);
  EXPECT_EQ(exo_->delivered, 1U);
}

TEST_F(NegotiatedLinkTest, IsNotOrderedWhileSomethingOlderIsUnderWayOverExo) {
  exo_->native_port = 7;
  peer_.reachable = false;
  EXPECT_EQ(deliver(), "ok");
  exo_->takes = 60s;
  Scope scope(loop_);
  scope.spawn(test::deliver_all(link_, {tokens("old")}, {}), [](const auto&) noexcept {});
  peer_.reachable = true;
  wait(31s);
  EXPECT_EQ(deliver(), "ok");
  EXPECT_EQ(link_.kind(), "native");
  EXPECT_FALSE(link_.traits().ordered);
  wait(60s);
  EXPECT_TRUE(link_.traits().ordered);
}

}  // namespace
}  // namespace exocast
