// SPDX-License-Identifier: Apache-2.0
#include "link/stream/tcp_stream.h"

#include <linux/filter.h>
#include <sys/socket.h>

#include <array>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>

#include "testing/link/stream_fixture.h"

namespace exocast::testing {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

/// The shortest times that TCP's options allow.
constexpr TcpOptions impatient = {.keepalive_interval = 1s, .keepalive_timeout = 1s};

/// From now on the socket receives nothing, so nothing is acknowledged: as if its machine were gone.
void black_hole(tcp::socket& socket) {
  sock_filter drop = {.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0};
  const sock_fprog program = {.len = 1, .filter = &drop};
  ASSERT_EQ(setsockopt(socket.native_handle(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
}

/// The result of the next read, once there is one.
task<StreamFault> end_of(End& end) {
  for (;;) {
    const auto read = co_await read_next(end);
    if (!read) co_return read.error();
  }
}

TEST(TcpStream, AResetIsBrokenAndSaysSo) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    auto [stream, socket] = world.connect_raw();
    End near(std::move(stream));
    socket.set_option(tcp::socket::linger(true, 0));
    socket.close();
    EXPECT_EQ(co_await end_of(near), StreamFault::broken);
    EXPECT_EQ(near.stream->fault_text(), "Connection reset by peer");
    EXPECT_EQ(write_some(*near.stream, "x").error(), StreamFault::broken);
    EXPECT_EQ(near.stream->fault_text(), "Connection reset by peer") << "the first cause stays";
  }(world));
}

TEST(TcpStream, AHalfClosedConnectionStillTakesWhatIsWritten) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    auto [stream, socket] = world.connect_raw();
    End near(std::move(stream));
    socket.shutdown(tcp::socket::shutdown_send);
    EXPECT_EQ(co_await end_of(near), StreamFault::closed);
    EXPECT_EQ(write_some(*near.stream, "answer"), 6U);
    std::array<char, 6> answer{};
    EXPECT_EQ(boost::asio::read(socket, boost::asio::buffer(answer)), 6U);
  }(world));
}

TEST(TcpStream, BytesThatNobodyAcknowledgesEndTheConnection) {
  TcpWorld world(impatient);
  world.run([](TcpWorld& world) -> task<void> {
    auto [stream, socket] = world.connect_raw();
    End near(std::move(stream));
    black_hole(socket);
    EXPECT_TRUE(write_some(*near.stream, "x"));
    EXPECT_EQ(co_await end_of(near), StreamFault::broken);
    EXPECT_EQ(near.stream->fault_text(), "Connection timed out");
  }(world));
}

TEST(TcpStream, AConnectionAtRestToAMachineThatIsGoneEnds) {
  TcpWorld world(impatient);
  world.run([](TcpWorld& world) -> task<void> {
    auto [stream, socket] = world.connect_raw();
    End near(std::move(stream));
    black_hole(socket);
    EXPECT_EQ(co_await end_of(near), StreamFault::broken);
    EXPECT_EQ(near.stream->fault_text(), "Connection timed out");
  }(world));
}

TEST(TcpStream, APeerThatOnlyDoesNotReadKeepsItsConnection) {
  TcpWorld world(impatient);
  world.run([](TcpWorld& world) -> task<void> {
    auto [stream, socket] = world.connect_raw();
    End near(std::move(stream));
    std::size_t sent = 0;
    const std::string block(65536, 'x');
    while (const auto written = write_some(*near.stream, block)) sent += *written;
    co_await sleep_for(4s);  // four times what a lost machine would get
    EXPECT_EQ(read_some(*near.stream).error(), StreamFault::would_block);
    std::string received(sent, '\0');
    socket.native_non_blocking(false);
    EXPECT_EQ(boost::asio::read(socket, boost::asio::buffer(received)), sent);
    co_await near.ear.writable.wait();
    EXPECT_TRUE(write_some(*near.stream, block));
  }(world));
}

TEST(TcpStream, WhoWaitsToWriteIsToldThatNobodyReadsAnyMore) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    auto [a, b] = world.connect();
    End near(std::move(a));
    End far(std::move(b));
    const std::string block(65536, 'x');
    while (write_some(*near.stream, block)) {
    }
    far.stream.reset();
    co_await near.ear.writable.wait();
    auto written = write_some(*near.stream, block);
    while (written || written.error() == StreamFault::would_block) {
      near.ear.writable.reset();
      if (!written) co_await near.ear.writable.wait();
      written = write_some(*near.stream, block);
    }
    EXPECT_EQ(written.error(), StreamFault::broken);
    EXPECT_NE(near.stream->fault_text(), "");
  }(world));
}

TEST(TcpStream, WhatCameBeforeTheListenerIsTold) {
  TcpWorld world;
  world.run([](TcpWorld& world) -> task<void> {
    auto [stream, socket] = world.connect_raw();
    boost::asio::write(socket, boost::asio::buffer("early", 5));
    co_await sleep_for(5ms);  // so that the edge comes and goes
    Ear ear;
    stream->listen(ear);
    EXPECT_EQ(ear.readable_total, 0U) << "not inside the call";
    co_await ear.readable.wait();
    EXPECT_EQ(read_some(*stream), "early");
  }(world));
}

}  // namespace
}  // namespace exocast::testing
