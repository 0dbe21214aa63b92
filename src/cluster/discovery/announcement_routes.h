// SPDX-License-Identifier: Apache-2.0
#pragma once
// By which ways a node announces itself, given where it serves and the machine's interfaces. Pure.

#include <vector>

#include "cluster/discovery/interfaces.h"
#include "cluster/udp/udp_socket.h"

namespace exocast {

/// Administratively scoped, for one site (RFC 2365), and not assigned to anybody; sent with a lifetime of one hop.
inline const boost::asio::ip::address_v4 announcement_group_v4({239, 255, 56, 79});
/// Transient, for one link (RFC 4291, 2.7); the end spells "exoc".
inline const boost::asio::ip::address_v6 announcement_group_v6 = boost::asio::ip::make_address_v6("ff12::6578:6f63");

struct AnnouncementRoute {
  UdpSource source;
  UdpEndpoint to;
};

/// Ways for one announcement at most; further ones are left out.
inline constexpr std::size_t announcement_routes_max = 64;

/// The addresses that a node which serves at `listen` is told by, with their interfaces. An unspecified `listen` serves
/// at all addresses of both families, but those of loopback are of use to this machine only, so they are told only if
/// there are no others. What others should rather take is first, since they keep the first that answers.
std::vector<InterfaceAddress> announced_addresses(const boost::asio::ip::address& listen,
                                                  const std::vector<InterfaceAddress>& addresses);

/// From each of these addresses, in their order, to its network's broadcast address and to the group. Of the IPv6
/// addresses of an interface only the first one is told, which is of the link only if there is no other; for ::1 there
/// is no way, as Linux has no multicast on loopback.
std::vector<AnnouncementRoute> announcement_routes(const boost::asio::ip::address& listen,
                                                   const std::vector<InterfaceAddress>& addresses, std::uint16_t port);

/// Whether a node that serves at `listen` and one at `source` can reach each other: loopback stays on the machine.
bool is_reachable(const boost::asio::ip::address& listen, const boost::asio::ip::address& source) noexcept;

}  // namespace exocast
