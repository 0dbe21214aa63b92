// SPDX-License-Identifier: Apache-2.0
// Cancellation and shutdown: stopped deliveries, destroyed frames, clients and servers destroyed before their calls
// end.
#include <random>

#include "testing/link/exo_fixture.h"

namespace exocast::testing {
namespace {

TEST(ExoStop, StoppedDeliveriesEndAtOnce) {
  TestNode node;
  const auto outcome = node.run([](TestNode& node) -> task<std::size_t> {
    auto gathered = co_await gather(std::views::iota(0, 50),
                                    [&](int) { return node.link->deliver(tokens("hang"), Deadline::never()); },
                                    {.deadline = in(200ms)});
    co_return gathered.count(Reason::timed_out);
  }(node));
  EXPECT_EQ(*outcome, 50U);
  EXPECT_TRUE(eventually(node.loop, [&] { return node.client->calls() == 0; })) << "gRPC has given all calls back";
}

TEST(ExoStop, ADeliveryThatIsToStopBeforeItStartsSendsNothing) {
  TestNode node;
  Background background(node);
  background.request_stop();
  background.deliver(tokens("x"));
  EXPECT_EQ(node.client->calls(), 0U);
  EXPECT_EQ(background.errors, std::vector<std::string>{"cancelled"});
}

/// Cancels at a random moment around completion: each delivery ends exactly once, either way, and a reply that arrived
/// counts.
task<std::size_t> race_with_completion(TestNode& node, std::size_t count, Duration cancel_after) {
  StopSource stop;
  Scope scope(node.loop);
  scope.spawn([](StopSource& stop, Duration after) -> task<void> {
    co_await sleep_for(after);
    stop.request();
  }(stop, cancel_after));
  std::size_t told = 0;
  const auto gathered = co_await gather(
      std::views::iota(std::size_t{0}, count), [&](std::size_t) { return node.link->deliver(tokens("x"), in(20s)); },
      {.limit = Limit::none(), .stop = &stop}, [&](std::size_t, const auto&) noexcept { ++told; });
  EXPECT_EQ(told, count);
  EXPECT_EQ(gathered.count(Reason::ok) + gathered.count(Reason::cancelled) + gathered.count(Reason::not_started),
            count);
  co_return gathered.count(Reason::ok);
}

TEST(ExoStop, CancellingRacesWithCompletion) {
  TestNode node;
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::size_t delivered = 0;
  for (int round = 0; round < 40; ++round) {
    const auto after = std::chrono::microseconds(std::uniform_int_distribution(0, 5000)(random));
    delivered += *node.run(race_with_completion(node, 100, after));
  }
  EXPECT_TRUE(eventually(node.loop, [&] { return node.client->calls() == 0; }));
  EXPECT_GE(node.handler.accepted.size(), delivered) << "delivered is said only of what the handler accepted";
}

TEST(ExoStop, AFrameThatIsDestroyedLeavesItsCallToEndAlone) {
  TestNode node;
  Background background(node);
  background.deliver(tokens("hang"), 100);
  EXPECT_TRUE(eventually(node.loop, [&] { return node.client->calls() == 100; }));
  background.end();  // stops the tasks without waiting, and abandons them
  EXPECT_TRUE(eventually(node.loop, [&] { return node.client->calls() == 0; }));
  EXPECT_EQ(node.deliver(tokens("after")), "ok");
}

TEST(ExoStop, AbandonedFramesMayRaceWithTheirCompletion) {
  TestNode node;
  std::mt19937 random(1);
  for (int round = 0; round < 40; ++round) {
    const auto after = std::chrono::microseconds(std::uniform_int_distribution(0, 3000)(random));
    node.run([](TestNode& node, Duration after) -> task<void> {
      Scope scope(node.loop);
      for (int i = 0; i < 50; ++i) {
        scope.spawn([](TestNode& node) -> task<void> { co_await node.link->deliver(tokens("x"), in(20s)); }(node));
      }
      co_await sleep_for(after);
    }(node, after));
  }
  EXPECT_TRUE(eventually(node.loop, [&] { return node.client->calls() == 0; }));
}

TEST(ExoStop, AClientThatGoesEndsWhatIsUnderWay) {
  TestNode node;
  Background background(node);
  background.deliver(tokens("hang"));
  node.client.reset();
  EXPECT_EQ(background.errors, std::vector<std::string>{"UNAVAILABLE: the client is closed"});
}

TEST(ExoStop, ALinkThatOutlivesItsClientSaysSo) {
  TestNode node;
  EXPECT_EQ(node.deliver(tokens("x")), "ok");
  node.client.reset();
  EXPECT_EQ(node.deliver(tokens("x")), "UNAVAILABLE: the client is closed");
  node.link.reset();
}

TEST(ExoStop, AnUnusedClientAndServerJustEnd) {
  const TestNode node;
  EXPECT_NE(node.server->address().port, 0);
}

TEST(ExoStop, AServerThatGoesStopsItsHandlersAndTellsTheSenders) {
  TestNode node;
  Background background(node);
  background.deliver(tokens("hang"));
  ASSERT_TRUE(eventually(node.loop, [&] { return node.server->calls() == 1; }));
  node.server.reset();
  EXPECT_EQ(node.handler.stopped, 1U);
  ASSERT_TRUE(eventually(node.loop, [&] { return background.live() == 0; }));
  EXPECT_EQ(background.errors, std::vector<std::string>{"UNAVAILABLE: this node is stopping"});
}

TEST(ExoStop, AHandlerThatIgnoresBeingStoppedHoldsTheServerUpNoLongerThanItsDrainTime) {
  TestNode node({.drain_timeout = 200ms});
  Background background(node);
  background.deliver(tokens("ignore"));
  ASSERT_TRUE(eventually(node.loop, [&] { return node.server->calls() == 1; }));
  const TimePoint before = Clock::now();
  node.server.reset();
  EXPECT_LT(Clock::now() - before, 20s);
  EXPECT_EQ(node.handler.stopped, 1U) << "its frame is gone";
}

TEST(ExoStop, ClientsAndServersMayGoInAnyOrderUnderLoad) {
  for (int order = 0; order < 8; ++order) {
    TestNode node({.drain_timeout = 100ms});
    Background background(node);
    background.deliver(tokens("hang"), 10);
    background.deliver(tokens("x"), 40);
    if ((order & 1) != 0) std::this_thread::sleep_for(2ms);
    if ((order & 2) != 0) node.server.reset();
    node.client.reset();
    if ((order & 4) != 0) node.server.reset();
    EXPECT_EQ(background.live(), 0U);
  }
}

}  // namespace
}  // namespace exocast::testing
