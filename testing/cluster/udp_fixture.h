// SPDX-License-Identifier: Apache-2.0
#pragma once
// Shared by the tests of sockets: a wait for a condition, and a socket that sends any bytes.

#include <functional>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "cluster/udp/udp_endpoint.h"
#include "exocast/asio_loop.h"
#include "exocast/gather/wait.h"

namespace exocast {

/// Runs the loop until `holds`, checked every millisecond. False after 10 s.
inline bool eventually(AsioLoop& loop, const std::function<bool()>& holds) {
  const auto waiting = [](AsioLoop& in, const std::function<bool()>& holds) -> task<bool> {
    const Deadline end = Deadline::after(in.now(), std::chrono::seconds(10));
    while (!holds()) {
      if (end.passed(in.now())) co_return false;
      co_await sleep_for(std::chrono::milliseconds(1));
    }
    co_return true;
  };
  const auto held = loop.run(waiting(loop, holds));
  return held.ok() && held.value();
}

/// A foreign socket on loopback.
class RawUdp {
 public:
  explicit RawUdp(AsioLoop& loop) : socket_(loop.context(), {boost::asio::ip::address_v4::loopback(), 0}) {
    socket_.set_option(boost::asio::socket_base::broadcast(true));
    socket_.non_blocking(true);
  }
  void send(const PeerAddress& to, std::string_view bytes) {
    socket_.send_to(boost::asio::buffer(bytes), *endpoint_of(to));
  }
  /// The next datagram; "" if there is none.
  std::string receive() {
    std::string bytes(65'536, '\0');
    boost::system::error_code error;
    bytes.resize(socket_.receive(boost::asio::buffer(bytes), 0, error));
    return error ? "" : bytes;
  }
  PeerAddress address() const { return address_of(socket_.local_endpoint()); }

 private:
  boost::asio::ip::udp::socket socket_;
};

}  // namespace exocast
