// SPDX-License-Identifier: Apache-2.0
#include "cluster/udp/udp_endpoint.h"

namespace exocast {

namespace ip = boost::asio::ip;

std::optional<UdpEndpoint> endpoint_of(const PeerAddress& address) {
  boost::system::error_code error;
  const ip::address numeric = ip::make_address(address.host, error);
  if (error) return std::nullopt;
  return UdpEndpoint(numeric, address.port);
}

PeerAddress address_of(const UdpEndpoint& endpoint) {
  const ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return {.host = ip::make_address_v4(ip::v4_mapped, address.to_v6()).to_string(), .port = endpoint.port()};
  }
  return {.host = address.to_string(), .port = endpoint.port()};
}

}  // namespace exocast
