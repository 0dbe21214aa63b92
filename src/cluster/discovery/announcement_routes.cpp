// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/announcement_routes.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace exocast {
namespace {

namespace ip = boost::asio::ip;

bool is_loopback(const ip::address& address) noexcept {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6()).is_loopback();
  }
  return address.is_loopback();
}

/// Lowest first: interfaces that lead to other machines come before those that lead to parts of this one.
int rank(InterfaceKind kind) noexcept {
  switch (kind) {
    case InterfaceKind::thunderbolt:
      return 0;
    case InterfaceKind::ethernet:
      return 1;
    case InterfaceKind::wifi:
      return 2;
    case InterfaceKind::other:
      return 3;
    case InterfaceKind::vpn:
      return 4;
    case InterfaceKind::container:
      return 5;
    case InterfaceKind::loopback:
      break;
  }
  return 6;
}

/// By kind, then by interface; IPv4 before IPv6, and link-local addresses last.
auto order(const InterfaceAddress& one) {
  const bool of_link = one.address.is_v6() && one.address.to_v6().is_link_local();
  return std::tuple(rank(one.kind), one.index, one.address.is_v6(), of_link, one.address);
}

}  // namespace

std::vector<InterfaceAddress> announced_addresses(const ip::address& listen,
                                                  const std::vector<InterfaceAddress>& addresses) {
  std::vector<InterfaceAddress> told;
  for (InterfaceAddress one : addresses) {
    const bool loopback = one.kind == InterfaceKind::loopback;
    // Loopback has all of 127/8, but only 127.0.0.1 is listed.
    if (loopback && is_loopback(listen) && listen.is_v4() == one.address.is_v4()) one.address = listen;
    if (listen.is_unspecified() ? !loopback : one.address == listen) told.push_back(std::move(one));
  }
  if (told.empty() && listen.is_unspecified()) {
    std::ranges::copy_if(addresses, std::back_inserter(told),
                         [](const InterfaceAddress& one) { return one.address.is_loopback(); });
  }
  std::ranges::sort(told, {}, order);
  return told;
}

std::vector<AnnouncementRoute> announcement_routes(const ip::address& listen,
                                                   const std::vector<InterfaceAddress>& addresses, std::uint16_t port) {
  std::vector<AnnouncementRoute> routes;
  std::set<unsigned> reached_by_v6;
  for (const InterfaceAddress& one : announced_addresses(listen, addresses)) {
    const UdpSource source = {.address = one.address, .interface_index = one.index};
    if (one.broadcast) routes.push_back({source, UdpEndpoint(*one.broadcast, port)});
    if (one.address.is_v4()) {
      if (one.multicast) routes.push_back({source, UdpEndpoint(announcement_group_v4, port)});
    } else if (one.multicast && reached_by_v6.insert(one.index).second) {
      routes.push_back({source, UdpEndpoint(announcement_group_v6, port)});
    }
  }
  if (routes.size() > announcement_routes_max) routes.resize(announcement_routes_max);
  return routes;
}

bool is_reachable(const ip::address& listen, const ip::address& source) noexcept {
  return listen.is_unspecified() || is_loopback(listen) == is_loopback(source);
}

}  // namespace exocast
