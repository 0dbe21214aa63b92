// SPDX-License-Identifier: Apache-2.0
#pragma once
// Converts peer addresses to socket endpoints and back. Pure except for interface names as in "fe80::1%eth0", which
// the system resolves; safe from any thread.

#include <optional>

#include <boost/asio/ip/udp.hpp>

#include "exocast/ids.h"

namespace exocast {

using UdpEndpoint = boost::asio::ip::udp::endpoint;

/// Nothing if the host is a name.
std::optional<UdpEndpoint> endpoint_of(const PeerAddress& address);

/// With a numeric host. An IPv4-mapped address (::ffff:10.0.0.1) becomes an IPv4 address.
PeerAddress address_of(const UdpEndpoint& endpoint);

}  // namespace exocast
