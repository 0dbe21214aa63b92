// SPDX-License-Identifier: Apache-2.0
#include "exocast/runtime/asio_await.h"

#include <array>
#include <chrono>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "exocast/gather/gather.h"

namespace exocast {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

TEST(AsTask, x) {
  AsioLoop loop;
  const auto outcome = loop.run([](AsioLoop& loop) -> task<int> {
    tcp::acceptor acceptor(loop.context(), {asio::ip::address_v4::loopback(), 0});
    tcp::socket a(loop.context());
    std::array list{acceptor.local_endpoint()};
    auto e = co_await asio::async_connect(a, list, as_task);
    static_assert(std::is_same_v<decltype(e), std::expected<tcp::endpoint, boost::system::error_code>>);
    auto b = co_await acceptor.async_accept(as_task);
    co_await asio::post(as_task);
    co_await asio::post(loop.context(), as_task);
    auto n = co_await asio::async_write(a, asio::buffer("hello"), as_task);
    char s[6];
    auto m = co_await asio::async_read(*b, asio::buffer(s), as_task);
    co_return *n + *m;
  }(loop));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.value(), 12);
}

}  // namespace
}  // namespace exocast
