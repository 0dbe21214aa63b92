// SPDX-License-Identifier: Apache-2.0
#include "link/exo/listen_fault.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace exocast {

std::string listen_fault(const PeerAddress& address) {
  using boost::asio::ip::tcp;
  boost::asio::io_context context;
  boost::system::error_code error;
  const auto found =
      tcp::resolver(context).resolve(address.host, std::to_string(address.port), tcp::resolver::passive, error);
  if (error) return error.message();
  for (const auto& entry : found) {
    tcp::acceptor acceptor(context);
    acceptor.open(entry.endpoint().protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(entry.endpoint(), error);
    if (!error) acceptor.listen(1, error);
    if (error) return error.message();
  }
  return "unknown reason";
}

}  // namespace exocast
