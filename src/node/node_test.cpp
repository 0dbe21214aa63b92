// SPDX-License-Identifier: Apache-2.0
#include "exocast/node.h"

#include <chrono>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exocast/answers.h"
#include "link/exo/exo_client.h"
#include "testing/node/numbered.h"
#include "testing/node/running_node.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const PeerAddress any_port = {"127.0.0.1", 0};

Peer peer_of(const Node& node, std::string id) { return {std::move(id), *node.address(), std::nullopt}; }

TEST(Node, WhatOneBroadcastsIsInTheInboxesOfTheOthersInOrder) {
  const auto a = started({.id = "a", .listen = any_port});
  const auto b = started({.id = "b", .listen = any_port});
  std::vector<std::unique_ptr<Inbox::Subscription>> heard;
  for (Node* node : {a.get(), b.get()}) {
    const auto inside = node->loop().enter();
    heard.push_back(node->inbox().subscribe("test"));
  }
  const auto sender = started({.id = "sender", .peers = {peer_of(*a, "a"), peer_of(*b, "b")}});
  {
    const Running running_a(*a);
    const Running running_b(*b);
    for (int number = 0; number < 3; ++number) {
      const auto report = sender->loop().run(sender->broadcaster().broadcast(numbered(number), {.timeout = 10s}));
      ASSERT_TRUE(report->satisfied) << report->first_error()->error;
      EXPECT_EQ(report->outcomes[0].link, "native");
    }
  }
  for (std::size_t i = 0; i < heard.size(); ++i) {
    Node& node = i == 0 ? *a : *b;
    for (int number = 0; number < 3; ++number) {
      EXPECT_EQ(node.loop().run(heard[i]->next())->request_id(), std::to_string(number));
    }
    const auto inside = node.loop().enter();
    heard[i].reset();
  }
}

TEST(Node, AllAreAskedSomethingAtOnceAndAnswer) {
  const auto a = started({.id = "a", .listen = any_port});
  const auto b = started({.id = "b", .listen = any_port});
  const auto asker = started({.id = "asker", .peers = {peer_of(*a, "a"), peer_of(*b, "b")}});
  const auto ask = [&](const Question& question) {
    return std::move(asker->loop().run(asker->asker().ask(question, {.timeout = 10s})).value());
  };
  const Answers versions = ask(Question::version());
  EXPECT_TRUE(versions.satisfied);
  EXPECT_THAT(to_table(versions), testing::StartsWith("a,b: exocast "));
  EXPECT_EQ(ask(Question::health()).outcomes[1].text, R"({"healthy":true})");
  EXPECT_THAT(ask(Question::stats()).outcomes[0].text, HasSubstr(R"("peers":{"healthy":0,)"));
  EXPECT_EQ(ask(*Question::make("weather")).outcomes[0].code, StatusCode::not_found);
}

TEST(Node, ANewcomerGetsWhatAPeerHasKeptAndAReturnerWhatCameSince) {
  const auto keeps = started({.id = "keeps", .listen = any_port, .broadcaster = {.replay = {.messages = 3}}});
  const auto keeps_none = started({.id = "none", .listen = any_port});
  for (int number = 1; number <= 5; ++number) keeps->loop().run(keeps->broadcaster().broadcast(numbered(number)));
  const auto newcomer = started({.id = "newcomer", .peers = {peer_of(*keeps, "keeps"), peer_of(*keeps_none, "none")}});
  const auto ask = [&](const char* peer, const ReplayRequest& request = {}) {
    const Running running_keeps(*keeps);
    const Running running_none(*keeps_none);
    return newcomer->loop().run(newcomer->replay(peer, request, 10s));
  };
  const auto ids = [](const Replay& replay) {
    std::string all;
    for (const Replayed& one : replay.messages) all += one.message.request_id();
    return all;
  };
  const auto all = ask("keeps");
  ASSERT_TRUE(all.ok()) << all.error()->text;
  EXPECT_EQ(ids(*all), "345");
  EXPECT_EQ(all->messages[0].origin, (Origin{all->log, 3, StreamClass::control}));
  EXPECT_EQ(ids(*ask("keeps", {.after = all->messages[1].origin})), "5");
  EXPECT_EQ(ids(*ask("keeps", {.after = all->messages[2].origin})), "");
  EXPECT_EQ(ids(*ask("keeps", {.stream_class = StreamClass::tokens})), "");
  EXPECT_EQ(*ask("none").error(), Status::not_found("this node keeps no messages: start it with --replay N"));
  EXPECT_EQ(ask("nobody").error()->code, StatusCode::not_found);
}

TEST(Node, AReplayHasTheOriginsThatReceiversSee) {
  const auto receiver = started({.id = "receiver", .listen = any_port});
  const auto sender = started({.id = "sender",
                               .listen = any_port,
                               .peers = {peer_of(*receiver, "receiver")},
                               .broadcaster = {.replay = {.messages = 3}}});
  std::unique_ptr<Inbox::Subscription> subscription;
  {
    const auto inside = receiver->loop().enter();
    subscription = receiver->inbox().subscribe("test");
  }
  {
    const Running running(*receiver);
    for (int number = 1; number <= 2; ++number) {
      ASSERT_TRUE(sender->loop().run(sender->broadcaster().broadcast(numbered(number)))->satisfied);
    }
  }
  const auto asker = started({.id = "asker", .peers = {peer_of(*sender, "sender")}});
  const Running running(*sender);
  const auto replay = asker->loop().run(asker->replay("sender"));
  ASSERT_TRUE(replay.ok()) << replay.error()->text;
  ASSERT_EQ(replay->messages.size(), 2U);
  for (const Replayed& one : replay->messages) {
    EXPECT_EQ(receiver->loop().run(subscription->next())->request_id(), one.message.request_id());
    EXPECT_EQ(subscription->origin(), one.origin);
  }
  const auto inside = receiver->loop().enter();
  subscription.reset();
}

TEST(Node, AFullInboxIsTheSendersOutcome) {
  const auto node = started({.id = "a", .listen = any_port, .inbox = {.queued_messages = 1, .patience = 1ms}});
  std::unique_ptr<Inbox::Subscription> subscription;
  {
    const auto inside = node->loop().enter();
    subscription = node->inbox().subscribe("slow");
  }
  const auto sender = started({.id = "sender", .peers = {peer_of(*node, "a")}});
  std::optional<Running> running(*node);
  const auto send = [&] { return sender->loop().run(sender->broadcaster().broadcast(numbered(0), {.timeout = 10s})); };
  EXPECT_TRUE(send()->satisfied);
  const auto refused = send();
  EXPECT_EQ(refused->outcomes[0].code, StatusCode::resource_exhausted);
  EXPECT_THAT(refused->outcomes[0].error, HasSubstr("'slow' has not yet taken 1 messages"));
  running.reset();
  const auto inside = node->loop().enter();
  subscription.reset();
}

TEST(Node, TellsItselfAndItsPeersAsTheTopology) {
  const DeviceCapabilities small = {.model = "m", .chip = "c", .memory_mb = 8, .flops = {}};
  const auto node = started(
      {.id = "a", .listen = any_port, .peers = {{"b", {"10.0.0.2", 1}, small}, {"c", {"10.0.0.3", 1}, std::nullopt}}});
  AsioLoop loop;
  ExoClient client(loop);
  std::shared_ptr<ExoLink> link;
  {
    const auto inside = loop.enter();
    link = client.link(*node->address());
  }
  const Deadline deadline = Deadline::after(Clock::now(), 10s);
  const auto topology = loop.run(link->collect_topology(deadline));
  ASSERT_TRUE(topology.ok()) << topology.error()->text;
  EXPECT_GT(topology->nodes.at("a").memory_mb, 0);
  EXPECT_EQ(topology->nodes.at("b"), small);
  EXPECT_EQ(topology->nodes.count("c"), 0U) << "nothing is known of it";
  const std::vector<PeerConnection> edges = {{.to_id = "b", .description = "MAN"},
                                             {.to_id = "c", .description = "MAN"}};
  EXPECT_EQ(topology->connections.at("a"), edges);
  EXPECT_TRUE(loop.run(link->health(deadline))->healthy);
}

TEST(Node, OneThatListensNowhereHasNoAddress) { EXPECT_EQ(started({.id = "a"})->address(), std::nullopt); }

TEST(Node, APortInUseIsOneLine) {
  const auto first = started({.id = "a", .listen = any_port});
  const auto second = Node::start({.id = "b", .listen = first->address()});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr(to_string(*first->address())));
  EXPECT_THAT(second.error(), HasSubstr("Address already in use"));
}

TEST(Node, PeersThatShareAnIdAreOneLine) {
  const auto node = Node::start({.id = "a", .peers = {{"b", {"h", 1}, std::nullopt}, {"b", {"h", 2}, std::nullopt}}});
  ASSERT_FALSE(node);
  EXPECT_THAT(node.error(), HasSubstr("b"));
}

TEST(Node, SpeaksExosProtocolToOneThatTakesNoNativeLinksAndWhenItIsToldTo) {
  const auto without = started({.id = "a", .listen = any_port, .native_port = std::nullopt});
  const auto with = started({.id = "b", .listen = any_port});
  EXPECT_EQ(without->native_address(), std::nullopt);
  EXPECT_NE(with->native_address(), std::nullopt);
  const Running running_without(*without);
  const Running running_with(*with);
  const auto link_to = [](const Node& node, bool native_links) {
    const auto sender = started({.id = "sender", .peers = {peer_of(node, "peer")}, .links = {.native = native_links}});
    const auto report = sender->loop().run(sender->broadcaster().broadcast(numbered(0), {.timeout = 10s}));
    EXPECT_TRUE(report->satisfied) << report->first_error()->error;
    return report->outcomes[0].link;
  };
  EXPECT_EQ(link_to(*without, true), "exo");
  EXPECT_EQ(link_to(*with, false), "exo");
  EXPECT_EQ(link_to(*with, true), "native");
}

TEST(Node, ANativePortInUseIsOneLine) {
  const auto first = started({.id = "a", .listen = any_port});
  const auto second = Node::start({.id = "b", .listen = any_port, .native_port = first->native_address()->port});
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error(), HasSubstr("Address already in use"));
}

TEST(Node, EndsInTheMiddleOfAMessage) {
  auto slow = started({.id = "slow", .listen = any_port, .accept_delay = 1h});
  const auto sender = started({.id = "sender", .peers = {peer_of(*slow, "slow")}});
  std::optional<Running> running(*slow);
  std::thread ending([&] {
    std::this_thread::sleep_for(50ms);
    running.reset();
    slow.reset();
  });
  const auto report = sender->loop().run(sender->broadcaster().broadcast(numbered(0), {.timeout = 20s}));
  ending.join();
  EXPECT_EQ(report->outcomes[0].outcome, PeerOutcome::failed);
  EXPECT_LT(report->elapsed_ms, 10'000);
}

TEST(Node, ASenderEndsWhileItsPeersHang) {
  const auto slow = started({.id = "slow", .listen = any_port, .accept_delay = 1h});
  auto sender = started({.id = "sender", .peers = {peer_of(*slow, "slow")}});
  const auto report = sender->loop().run(sender->broadcaster().broadcast(numbered(0), {.timeout = 50ms}));
  EXPECT_EQ(report->outcomes[0].outcome, PeerOutcome::timed_out);
  const TimePoint begun = Clock::now();
  sender.reset();
  EXPECT_LT(Clock::now() - begun, 5s);
}

}  // namespace
}  // namespace exocast
