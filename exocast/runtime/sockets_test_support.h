// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sockets on loopback for the tests of the Asio runtime. To be made and used inside the loop, as all I/O objects.

#include <sys/socket.h>

#include <vector>

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

/// A listener that does not answer: its queue is full, so that who connects waits.
class Unanswering {
 public:
  explicit Unanswering(AsioLoop& loop) : acceptor_(loop.context(), boost::asio::ip::tcp::v4()) {
    acceptor_.bind({boost::asio::ip::address_v4::loopback(), 0});
    acceptor_.listen(0);
    for (int i = 0; i < 4; ++i) {
      auto& client = clients_.emplace_back(loop.context(), boost::asio::ip::tcp::v4());
      client.native_non_blocking(true);
      const auto to = endpoint();
      ::connect(client.native_handle(), to.data(), static_cast<socklen_t>(to.size()));  // Asio's own would wait
    }
  }
  boost::asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<boost::asio::ip::tcp::socket> clients_;
};

}  // namespace exocast
