// SPDX-License-Identifier: Apache-2.0
// Native links over real sockets; the sessions themselves are tested in simulation.
#include "link/native/native_server.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "exocast/as_task.h"
#include "link/native/native_link.h"
#include "link/stream/tcp_dialer.h"
#include "testing/link/deliver_all.h"
#include "testing/link/stream_fixture.h"

namespace exocast::testing {
namespace {

using namespace std::chrono_literals;

Deadline in(Duration timeout) { return Deadline::after(Clock::now(), timeout); }

/// Keeps the tokens of accepted messages, and the sizes of statuses.
struct Recorder final : MessageHandler {
  task<std::expected<void, Status>> accept(Message message) override {
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
      scope.spawn(test::deliver_all(link, std::move(batch), {.deadline = in(50s)}),
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

TEST(NativeServer, SmallMessagesArriveWhileALargeOneIsDecodedByAThread) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    Recorder recorder;
    const auto server = serve(world, recorder);
    NativeLink link = link_to(world, *server);
    const std::string json = '"' + std::string(std::size_t{4} << 20, 'x') + '"';
    bool arrived = false;
    Scope scope(world.loop);
    scope.spawn(link.deliver(*Message::opaque_status("", json), in(50s)),
                [&](const auto& end) noexcept { arrived = end.ok(); });
    while (server->metrics().decoding == 0 && !arrived) co_await sleep_for(1ms);
    EXPECT_TRUE(co_await link.deliver(token(1), in(50s)));
    while (!arrived) co_await sleep_for(1ms);
    EXPECT_EQ(recorder.heard, std::vector{1});
    EXPECT_EQ(recorder.status_bytes, json.size());
  }(world));
}

TEST(NativeServer, MayEndWhileItsThreadDecodes) {
  for (const bool drained : {false, true}) {
    TcpWorld world;
    world.run([](TcpWorld& world, bool drained) -> task<void> {
      Recorder recorder;
      auto server = serve(world, recorder);
      NativeLink link = link_to(world, *server);
      const std::string json = '"' + std::string(std::size_t{2} << 20, 'x') + '"';
      bool ended = false;
      Scope scope(world.loop);
      scope.spawn(link.deliver(*Message::opaque_status("", json), in(50s)),
                  [&](const auto& /*end*/) noexcept { ended = true; });
      while (server->metrics().decoding == 0 && !ended) co_await sleep_for(100us);
      if (drained) EXPECT_EQ(co_await server->drain(in(5s)), 0U);
      server.reset();
      while (!ended) co_await sleep_for(1ms);
      co_await sleep_for(1ms);  // the thread's last word
    }(world, drained));
  }
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

/// Forwards connections to `port`, in pieces of random lengths, and cuts each after a random number of bytes.
class ChaosProxy {
 public:
  ChaosProxy(AsioLoop& loop, std::uint16_t port)
      : loop_(loop), port_(port), acceptor_(loop.context(), {boost::asio::ip::address_v4::loopback(), 0}) {
    scope_.spawn(accept());
  }
  PeerAddress address() { return {.host = "127.0.0.1", .port = acceptor_.local_endpoint().port()}; }
  std::size_t cuts = 0;

 private:
  using tcp = boost::asio::ip::tcp;
  struct Pair {
    tcp::socket near;
    tcp::socket far;
    std::size_t bytes_left;
  };

  task<void> accept() {
    for (;;) {
      auto near = co_await acceptor_.async_accept(as_task);
      if (!near) continue;
      auto pair = std::make_shared<Pair>(*std::move(near), tcp::socket(loop_.context()), 1 + random_.below(5'000));
      boost::system::error_code error;
      pair->far.connect({boost::asio::ip::address_v4::loopback(), port_}, error);
      scope_.spawn(forward(pair, pair->near, pair->far));
      scope_.spawn(forward(pair, pair->far, pair->near));
    }
  }

  task<void> forward(std::shared_ptr<Pair> pair, tcp::socket& from, tcp::socket& to) {
    std::array<char, 500> bytes{};
    while (pair->bytes_left > 0) {
      const std::size_t most = 1 + random_.below(bytes.size());
      const auto got = co_await from.async_read_some(boost::asio::buffer(bytes.data(), most), as_task);
      if (!got) break;
      const std::size_t passed = std::min(*got, pair->bytes_left);
      pair->bytes_left -= passed;
      const auto sent = co_await boost::asio::async_write(to, boost::asio::buffer(bytes.data(), passed), as_task);
      if (!sent) break;
    }
    cuts += pair->bytes_left == 0 && from.is_open() ? 1 : 0;
    boost::system::error_code ignored;
    from.close(ignored);
    to.close(ignored);
  }

  AsioLoop& loop_;
  std::uint16_t port_;
  Random random_{11};
  tcp::acceptor acceptor_;
  Scope scope_{loop_};
};

TEST(NativeServer, EachMessageArrivesOnceAndInOrderHoweverOftenItsConnectionIsCut) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    Recorder recorder;
    const auto server = serve(world, recorder);
    ChaosProxy proxy(world.loop, server->address().port);
    NativeLinkOptions options;
    options.reconnect_patience = 50s;
    options.backoff = {.first = 1ms, .most = 2ms};
    NativeLink link(world.loop, std::make_unique<TcpDialer>(world.poller, proxy.address()), options);
    std::vector<std::int32_t> expected(2'000);
    std::iota(expected.begin(), expected.end(), 0);
    for (std::size_t next = 0; next < expected.size();) {
      std::vector<Message> batch;
      for (std::size_t i = next; i < std::min(next + 20, expected.size()); ++i) batch.push_back(token(expected[i]));
      const BatchEnd end = co_await test::deliver_all(link, std::move(batch), {.deadline = in(50s)});
      next += end.answered;
      if (!end.broken) continue;
      EXPECT_TRUE(end.resendable) << end.broken->text;
      if (!end.resendable) co_return;
    }
    EXPECT_EQ(recorder.heard, expected);
    EXPECT_GT(proxy.cuts, 5U);
    EXPECT_EQ(link.metrics().restarts_total, 0U);
  }(world));
}

}  // namespace
}  // namespace exocast::testing
