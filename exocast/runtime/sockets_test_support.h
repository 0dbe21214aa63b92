// SPDX-License-Identifier: Apache-2.0
#pragma once
// Connected sockets on loopback for the tests of the Asio runtime. Inside the loop, as all I/O objects.

#include <boost/asio/ip/tcp.hpp>

#include "exocast/runtime/asio_loop.h"

namespace exocast {

/// Two ends of one TCP connection.
struct SocketPair {
  explicit SocketPair(AsioLoop& loop) : near(loop.context()), far(loop.context()) {
    boost::asio::ip::tcp::acceptor acceptor(loop.context(), {boost::asio::ip::address_v4::loopback(), 0});
    near.connect(acceptor.local_endpoint());
    acceptor.accept(far);
  }
  boost::asio::ip::tcp::socket near;
  boost::asio::ip::tcp::socket far;
};

}  // namespace exocast
