// SPDX-License-Identifier: Apache-2.0
#pragma once
// Addresses of peers as the system has them, and back. Pure but for the names of interfaces in "fe80::1%eth0", which
// the system knows; safe from any thread.

#include <optional>

#include <boost/asio/ip/udp.hpp>

#include "exocast/ids.h"

namespace exocast {

using UdpEndpoint = boost::asio::ip::udp::endpoint;

/// Nothing if the host is a name.
std::optional<UdpEndpoint> endpoint_of(const PeerAddress& address);

/// With a numeric host; an IPv4 address that came through an IPv6 socket (::ffff:10.0.0.1) is an IPv4 one again.
PeerAddress address_of(const UdpEndpoint& endpoint);

}  // namespace exocast
