// SPDX-License-Identifier: Apache-2.0
// A link whose peer is absent, of the wrong kind, or away for a while.
#include "testing/link/exo_fixture.h"

namespace exocast::testing {
namespace {

using ::testing::StartsWith;

/// The limit for operations without a wait, on a busy machine; operations that wait for a deadline take twice that.
constexpr Duration at_once = 20s;

/// A client, and a link to an address without an exocast node.
struct Sender {
  explicit Sender(PeerAddress to, ExoClientOptions options = {}) : client(loop, options), link(client.link(to)) {}

  std::string deliver(Duration timeout) {
    const TimePoint before = Clock::now();
    const auto outcome = loop.run(link->deliver(tokens("request"), in(timeout)));
    took = Clock::now() - before;
    return outcome.ok() ? "ok" : to_string(*outcome.error());
  }

  AsioLoop loop;
  ExoClient client;
  std::unique_ptr<ExoLink> link;
  Duration took{};
};

TEST(ExoPeers, ARefusedPortFailsAtOnceAndSaysSo) {
  const HeldPort port;
  Sender sender(port.address());
  EXPECT_EQ(sender.deliver(2 * at_once), "UNAVAILABLE: cannot connect: Connection refused");
  EXPECT_LT(sender.took, at_once);
}

TEST(ExoPeers, AnUnresolvableHostSaysItsName) {
  Sender sender({.host = "no-such-host.invalid", .port = 50051});
  EXPECT_THAT(sender.deliver(2 * at_once), StartsWith("UNAVAILABLE: cannot resolve no-such-host.invalid:50051: "));
}

TEST(ExoPeers, ABlackHoleEndsAtTheDeadline) {
  const RawPeer black_hole("");
  Sender sender(black_hole.address());
  EXPECT_EQ(sender.deliver(300ms), "DEADLINE_EXCEEDED: no connection by the deadline");
  EXPECT_GE(sender.took, 290ms);
  EXPECT_LT(sender.took, at_once);
}

TEST(ExoPeers, APeerKnownToBeGoneMakesNoReportLate) {
  const RawPeer black_hole("");
  Sender sender(black_hole.address(), {.reconnect_patience = 200ms});
  EXPECT_THAT(sender.deliver(300ms), StartsWith("DEADLINE_EXCEEDED: "));
  EXPECT_EQ(sender.deliver(2 * at_once), "UNAVAILABLE: no connection within 200 ms");
  EXPECT_LT(sender.took, at_once);
}

TEST(ExoPeers, AStoppedDeliveryTeachesTheSameOfTheConnection) {
  const RawPeer black_hole("");
  Sender sender(black_hole.address(), {.reconnect_patience = 200ms});
  const auto outcome = sender.loop.run([](ExoLink& link) -> task<Reason> {
    co_return (co_await with_deadline(link.deliver(tokens("request"), Deadline::never()), in(100ms))).reason();
  }(*sender.link));
  EXPECT_EQ(*outcome, Reason::timed_out);
  EXPECT_EQ(sender.deliver(2 * at_once), "UNAVAILABLE: no connection within 200 ms");
}

TEST(ExoPeers, GarbageInsteadOfHttp2IsUnavailable) {
  const RawPeer garbage("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n" + std::string(64, '\xff'));
  Sender sender(garbage.address());
  EXPECT_EQ(sender.deliver(2 * at_once), "UNAVAILABLE: cannot connect: Failed parsing HTTP/2");
  EXPECT_LT(sender.took, at_once);
}

TEST(ExoPeers, AnHttp1ServerIsUnavailable) {
  const RawPeer web("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  Sender sender(web.address());
  EXPECT_EQ(sender.deliver(2 * at_once), "UNAVAILABLE: cannot connect: Trying to connect an http1.x server");
}

TEST(ExoPeers, AHandlerThatHangsEndsAtTheDeadline) {
  TestNode node;
  EXPECT_EQ(node.deliver(tokens("warm up")), "ok");
  const TimePoint before = Clock::now();
  EXPECT_THAT(node.deliver(tokens("hang"), 200ms), StartsWith("DEADLINE_EXCEEDED: ")) << "whoever sees it first";
  EXPECT_LT(Clock::now() - before, at_once);
  EXPECT_EQ(node.deliver(tokens("after")), "ok") << "the link goes on";
}

TEST(ExoPeers, AHungCallDoesNotHoldUpAnother) {
  TestNode node;
  const auto outcome = node.run([](ExoLink& link) -> task<std::size_t> {
    co_return (co_await quorum(1, std::vector<std::string>{"hang", "hang", "healthy"}, [&](const std::string& id) {
      return link.deliver(tokens(id), in(20s));
    })).count(Reason::ok);
  }(*node.link));
  EXPECT_EQ(*outcome, 1U);
}

TEST(ExoPeers, AFailureIsNoOlderThanTheReconnectInterval) {
  const HeldPort port;
  // gRPC alone would return an old error here.
  Sender sender(port.address(),
                {.reconnect_interval = 50ms, .reconnect_interval_max = 60s, .reconnect_patience = at_once});
  for (int i = 0; i < 8; ++i) {
    EXPECT_THAT(sender.deliver(2 * at_once), StartsWith("UNAVAILABLE: "));
    std::this_thread::sleep_for(60ms);
  }
  AsioLoop server_loop;
  ScriptedHandler handler;
  const auto server = serve(server_loop, handler, port.address().port);
  EXPECT_EQ(sender.deliver(2 * at_once), "ok") << "the first delivery after its return finds it";
}

TEST(ExoPeers, ARestartedServerIsFoundAgain) {
  AsioLoop server_loop;
  ScriptedHandler handler;
  const HeldPort port;
  auto server = serve(server_loop, handler, port.address().port);
  Sender sender(port.address(), {.reconnect_patience = at_once});
  EXPECT_EQ(sender.deliver(2 * at_once), "ok");
  server.reset();
  EXPECT_THAT(sender.deliver(2 * at_once), StartsWith("UNAVAILABLE: "));
  std::this_thread::sleep_for(110ms);
  server = serve(server_loop, handler, port.address().port);
  EXPECT_EQ(sender.deliver(2 * at_once), "ok");
  EXPECT_EQ(handler.accepted.size(), 2U);
}

/// Pings every second, the shortest interval of gRPC's client, on a connection without calls.
std::string deliver_after_silence(ExoServerOptions server_options, Duration silence) {
  TestNode node(server_options, {.keepalive_interval = 1s});
  if (const std::string first = node.deliver(tokens("before")); first != "ok") return first;
  const auto pinged = node.run([](ExoLink& link, Duration silence) -> task<std::expected<void, Status>> {
    // A call that is always under way notices a broken connection.
    co_return co_await link.deliver(tokens("hang"), in(silence));
  }(*node.link, silence));
  return std::string(to_string(pinged.error()->code));
}

TEST(ExoPeersLong, KeepalivePingsAreNotTakenForAbuse) {
  // More pings than gRPC's limit of two strikes, if it counted them as too frequent.
  EXPECT_EQ(deliver_after_silence({.ping_interval_min = 500ms}, 6s), "DEADLINE_EXCEEDED");
}

TEST(ExoPeersLong, PingsAboveTheServersRateAreCutOff) {
  EXPECT_EQ(deliver_after_silence({.ping_interval_min = 60s}, 12s), "UNAVAILABLE") << "so the other test can fail";
}

}  // namespace
}  // namespace exocast::testing
