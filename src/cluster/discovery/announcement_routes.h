// SPDX-License-Identifier: Apache-2.0
#pragma once
// The routes by which a node announces itself, given its listen address and the machine's interfaces. Pure.

#include <vector>

#include "cluster/discovery/interfaces.h"
#include "cluster/udp/udp_socket.h"

namespace exocast {

/// Administratively scoped, for one site (RFC 2365), and unassigned; sent with a TTL of 1.
inline const boost::asio::ip::address_v4 announcement_group_v4({239, 255, 56, 79});
/// Transient, link-local scope (RFC 4291, 2.7); the end spells "exoc".
inline const boost::asio::ip::address_v6 announcement_group_v6 = boost::asio::ip::make_address_v6("ff12::6578:6f63");

struct AnnouncementRoute {
  UdpSource source;
  UdpEndpoint to;
};

/// Routes for one announcement; further ones are left out.
inline constexpr std::size_t announcement_routes_max = 64;

/// The addresses to announce for a node that serves at `listen`, with their interfaces. An unspecified `listen` means
/// all addresses of both families. Loopback addresses are useful on this machine only, so they are announced only if
/// there are no others. The preferred address comes first, since receivers keep the first that answers.
std::vector<InterfaceAddress> announced_addresses(const boost::asio::ip::address& listen,
                                                  const std::vector<InterfaceAddress>& addresses);

/// Routes from each of these addresses, in their order, to its network's broadcast address and to the multicast group.
/// Only the first IPv6 address of an interface gets a route; it is link-local only if there is no other. ::1 gets
/// none, as Linux has no multicast on loopback.
std::vector<AnnouncementRoute> announcement_routes(const boost::asio::ip::address& listen,
                                                   const std::vector<InterfaceAddress>& addresses, std::uint16_t port);

/// Whether nodes at `listen` and `source` can reach each other: loopback traffic stays on the machine.
bool is_reachable(const boost::asio::ip::address& listen, const boost::asio::ip::address& source) noexcept;

}  // namespace exocast
