// SPDX-License-Identifier: Apache-2.0
// Native links over real sockets: the sessions themselves are tested in simulation.
#include "exocast/link/native/native_server.h"

#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/link/native/native_link.h"
#include "exocast/link/native/stream_test_support.h"
#include "exocast/link/native/tcp_dialer.h"

namespace exocast::testing {
namespace {

using namespace std::chrono_literals;

Deadline in(Duration timeout) { return Deadline::after(Clock::now(), timeout); }

/// Keeps the tokens of what it accepts, and the sizes of statuses.
struct Recorder final : MessageHandler {
  task<std::expected<void, LinkError>> accept(Message message) override {
    for (const std::int32_t token : message.tokens()) heard.push_back(token);
    status_bytes += message.status().size();
    co_return {};
  }
  std::vector<std::int32_t> heard;
  std::size_t status_bytes = 0;
};

std::unique_ptr<NativeServer> serve(TcpWorld& world, MessageHandler& handler, std::uint16_t port = 0) {
  auto server = NativeServer::start(world.poller, {.host = "127.0.0.1", .port = port}, handler);
  if (!server) throw std::runtime_error(server.error());
  return *std::move(server);
}

NativeLink link_to(TcpWorld& world, const NativeServer& server) {
  return {world.loop, std::make_unique<TcpDialer>(world.poller, server.address())};
}

Message token(std::int32_t number) { return *Message::token_result("r", std::vector{number}, false); }

TEST(NativeServer, BatchesOverASocketArriveInTheOrderOfTheCalls) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    Recorder recorder;
    const auto server = serve(world, recorder);
    NativeLink link = link_to(world, *server);
    Scope scope(world.loop);
    std::size_t answered = 0;
    for (std::int32_t first = 0; first < 10'000; first += 100) {
      std::vector<Message> batch;
      for (std::int32_t number = first; number < first + 100; ++number) batch.push_back(token(number));
      scope.spawn(link.deliver_all(std::move(batch), in(50s)),
                  [&](const auto& end) noexcept { answered += end.ok() ? end->answered : 0; });
    }
    while (scope.live() > 0) co_await sleep_for(1ms);
    std::vector<std::int32_t> expected(10'000);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(answered, 10'000U);
    EXPECT_EQ(recorder.heard, expected);
  }(world));
}

TEST(NativeServer, TakesALargeMessage) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    Recorder recorder;
    const auto server = serve(world, recorder);
    NativeLink link = link_to(world, *server);
    const std::string json = '"' + std::string(std::size_t{8} << 20, 'x') + '"';
    EXPECT_TRUE(co_await link.deliver(*Message::opaque_status("", json), in(50s)));
    EXPECT_EQ(recorder.status_bytes, json.size());
  }(world));
}

TEST(NativeServer, ALinkFindsTheSuccessorAtTheSamePort) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    Recorder recorder;
    auto server = serve(world, recorder);
    const std::uint16_t port = server->address().port;
    NativeLink link = link_to(world, *server);
    EXPECT_TRUE(co_await link.deliver(token(1), in(50s)));
    EXPECT_EQ(co_await server->drain(in(5s)), 0U);
    server.reset();
    server = serve(world, recorder, port);
    for (bool arrived = false; !arrived;) arrived = (co_await link.deliver(token(2), in(50s))).has_value();
    EXPECT_EQ(recorder.heard, (std::vector{1, 2}));
  }(world));
}

}  // namespace
}  // namespace exocast::testing
