// SPDX-License-Identifier: Apache-2.0
// Dialer and listener, with each other.
#include "link/stream/tcp_dialer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <vector>

#include <gmock/gmock.h>

#include "link/stream/tcp_listener.h"
#include "testing/link/stream_fixture.h"
#include "testing/loop/asio_fixture.h"

namespace exocast::testing {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using ::testing::HasSubstr;

const PeerAddress any_port = {.host = "127.0.0.1", .port = 0};

Deadline in(Duration timeout) { return Deadline::after(Clock::now(), timeout); }

/// Keeps the accepted connections.
struct Keeper final : TcpListener::Acceptor {
  void on_connection(std::unique_ptr<ByteStream> stream) noexcept override { streams.push_back(std::move(stream)); }
  std::vector<std::unique_ptr<ByteStream>> streams;
};

task<void> until(std::function<bool()> holds) {
  for (int tries = 0; tries < 10'000 && !holds(); ++tries) co_await sleep_for(1ms);
  EXPECT_TRUE(holds());
}

/// A listener, and what tests do with it, inside its world.
struct Listening {
  explicit Listening(TcpWorld& world, TcpListenerOptions options = {}) : world(world) {
    auto started = TcpListener::start(world.poller, any_port, keeper, options);
    EXPECT_TRUE(started) << started.error();
    listener = *std::move(started);
  }
  task<std::unique_ptr<ByteStream>> dial() {
    TcpDialer dialer(world.poller, listener->address());
    auto stream = co_await dialer.dial(in(10s));
    EXPECT_TRUE(stream) << stream.error().text;
    co_return stream ? *std::move(stream) : nullptr;
  }
  TcpWorld& world;
  Keeper keeper;
  std::unique_ptr<TcpListener> listener;
};

TEST(TcpDialer, ConnectsToAListener) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    Listening listening(world);
    End near(co_await listening.dial());
    co_await until([&] { return listening.keeper.streams.size() == 1; });
    End far(std::move(listening.keeper.streams.front()));
    EXPECT_TRUE(co_await write_all(near, "hello"));
    EXPECT_EQ(co_await read_all(far, 5), "hello");
  }(world));
}

TEST(TcpDialer, TriesEachAddressOfAName) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    Listening listening(world);  // on 127.0.0.1 only, while localhost often is ::1, too
    TcpDialer dialer(world.poller, {.host = "localhost", .port = listening.listener->address().port});
    const auto stream = co_await dialer.dial(in(10s));
    EXPECT_TRUE(stream) << stream.error().text;
  }(world));
}

TEST(TcpDialer, ARefusedConnectionSaysSoAtOnce) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    tcp::acceptor bound(world.loop.context(), tcp::v4());  // bound, but not listening
    bound.bind({boost::asio::ip::address_v4::loopback(), 0});
    TcpDialer dialer(world.poller, {.host = "127.0.0.1", .port = bound.local_endpoint().port()});
    const auto stream = co_await dialer.dial(Deadline::never());
    EXPECT_EQ(stream.error().code, StatusCode::unavailable);
    EXPECT_EQ(stream.error().text, "cannot connect: Connection refused");
  }(world));
}

TEST(TcpDialer, ANameThatDoesNotResolveIsNamed) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    TcpDialer dialer(world.poller, {.host = "no-such-host.invalid", .port = 1});
    const auto stream = co_await dialer.dial(in(50s));
    EXPECT_EQ(stream.error().code, StatusCode::unavailable);
    EXPECT_THAT(stream.error().text, HasSubstr("cannot resolve no-such-host.invalid: "));
  }(world));
}

TEST(TcpDialer, GivesUpAtTheDeadline) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    Unanswering peer(world.loop);
    TcpDialer dialer(world.poller, {.host = "127.0.0.1", .port = peer.endpoint().port()});
    const auto stream = co_await dialer.dial(in(20ms));
    EXPECT_EQ(stream.error().code, StatusCode::deadline_exceeded);
    EXPECT_EQ(stream.error().text, "no connection by the deadline");
  }(world));
}

TEST(TcpDialer, AStoppedDialLeavesNothing) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    Unanswering peer(world.loop);
    TcpDialer dialer(world.poller, {.host = "127.0.0.1", .port = peer.endpoint().port()});
    {
      Scope scope(world.loop);
      bool stopped = false;
      scope.spawn(dialer.dial(Deadline::never()),
                  [&](const auto& outcome) noexcept { stopped = outcome.reason() == Reason::cancelled; });
      co_await sleep_for(2ms);
      scope.request_stop();
      co_await until([&] { return scope.live() == 0; });
      EXPECT_TRUE(stopped);
    }
    EXPECT_EQ(world.poller.watched(), 0U);
  }(world));
}

TEST(TcpListener, APortInUseIsOneLine) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    Listening first(world);
    const auto second = TcpListener::start(world.poller, first.listener->address(), first.keeper);
    EXPECT_EQ(second.error(), "cannot listen on " + to_string(first.listener->address()) + ": Address already in use");
    co_return;
  }(world));
}

TEST(TcpListener, BeyondTheLimitConnectionsWaitForOthersToEnd) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    Listening listening(world, {.connections_max = 3});
    std::vector<std::unique_ptr<ByteStream>> flood;
    for (int i = 0; i < 50; ++i) flood.push_back(co_await listening.dial());
    co_await until([&] { return listening.keeper.streams.size() == 3; });
    co_await sleep_for(20ms);
    EXPECT_EQ(listening.listener->metrics().connections, 3U);
    EXPECT_GE(listening.listener->metrics().full_total, 1U);
    for (std::size_t accepted = 3; accepted < 50; ++accepted) {
      listening.keeper.streams.erase(listening.keeper.streams.begin());
      co_await until([&] { return listening.keeper.streams.size() == 3; });
      EXPECT_EQ(listening.listener->metrics().connections, 3U);
    }
    EXPECT_EQ(listening.listener->metrics().accepted_total, 50U);
  }(world));
}

TEST(TcpListener, StreamsMayOutliveIt) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    Listening listening(world);
    End near(co_await listening.dial());
    co_await until([&] { return listening.keeper.streams.size() == 1; });
    listening.listener.reset();
    End far(std::move(listening.keeper.streams.front()));
    EXPECT_TRUE(co_await write_all(near, "still"));
    EXPECT_EQ(co_await read_all(far, 5), "still");
  }(world));
}

/// Uses up all free file descriptors of the process.
class NoDescriptors {
 public:
  NoDescriptors() {
    EXPECT_EQ(getrlimit(RLIMIT_NOFILE, &before_), 0);
    rlimit now = before_;
    const int lowest_free = dup(0);
    close(lowest_free);
    now.rlim_cur = static_cast<rlim_t>(lowest_free);
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &now), 0);
  }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;
  ~NoDescriptors() { EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before_), 0); }

 private:
  rlimit before_{};
};

TEST(TcpListener, OutOfDescriptorsItTriesAgainNowAndThen) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "the sanitizer itself needs descriptors: it looks through a pipe whether memory may be read";
#endif
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    Listening listening(world, {.retry_interval = 10ms});
    tcp::socket client(world.loop.context(), tcp::v4());
    {
      const NoDescriptors none;
      client.connect({boost::asio::ip::address_v4::loopback(), listening.listener->address().port});
      co_await until([&] { return listening.listener->metrics().exhausted_total >= 3; });
      EXPECT_EQ(listening.keeper.streams.size(), 0U);
    }
    co_await until([&] { return listening.keeper.streams.size() == 1; });
  }(world));
}

}  // namespace
}  // namespace exocast::testing
