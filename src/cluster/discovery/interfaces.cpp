// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/interfaces.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <initializer_list>
#include <memory>

namespace exocast {
namespace {

namespace ip = boost::asio::ip;

struct FreeInterfaces {
  void operator()(ifaddrs* list) const noexcept { freeifaddrs(list); }
};

ip::address_v4 v4_of(const sockaddr& address) noexcept {
  sockaddr_in v4{};
  std::memcpy(&v4, &address, sizeof v4);
  return ip::address_v4(ntohl(v4.sin_addr.s_addr));
}

ip::address_v6 v6_of(const sockaddr& address) noexcept {
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return ip::address_v6(bytes);
}

std::optional<ip::address_v4> broadcast_of(const ifaddrs& entry) noexcept {
  if ((entry.ifa_flags & IFF_LOOPBACK) != 0) return ip::address_v4({127, 255, 255, 255});
  if ((entry.ifa_flags & IFF_BROADCAST) == 0 || entry.ifa_broadaddr == nullptr) return std::nullopt;
  ip::address_v4 broadcast = v4_of(*entry.ifa_broadaddr);
  // A network of one host (/32) has its own address here, or none.
  if (broadcast.is_unspecified() || broadcast == v4_of(*entry.ifa_addr)) return std::nullopt;
  return broadcast;
}

std::optional<InterfaceAddress> read(const ifaddrs& entry) {
  if (entry.ifa_addr == nullptr || (entry.ifa_flags & IFF_UP) == 0) return std::nullopt;
  const int family = entry.ifa_addr->sa_family;
  if (family != AF_INET && family != AF_INET6) return std::nullopt;
  InterfaceAddress read;
  read.interface = entry.ifa_name;
  read.index = if_nametoindex(entry.ifa_name);
  if (read.index == 0) return std::nullopt;  // the interface has gone in the meantime
  const bool loopback = (entry.ifa_flags & IFF_LOOPBACK) != 0;
  read.kind = loopback ? InterfaceKind::loopback : interface_kind(read.interface);
  read.multicast = (entry.ifa_flags & IFF_MULTICAST) != 0;
  if (family == AF_INET6) {
    read.address = v6_of(*entry.ifa_addr);
  } else {
    read.address = v4_of(*entry.ifa_addr);
    read.broadcast = broadcast_of(entry);
  }
  return read;
}

struct KindWords {
  int priority;
  std::string_view name;
};

KindWords words(InterfaceKind kind) noexcept {
  switch (kind) {
    case InterfaceKind::container:
      return {7, "Container Virtual"};
    case InterfaceKind::loopback:
      return {6, "Loopback"};
    case InterfaceKind::thunderbolt:
      return {5, "Thunderbolt"};
    case InterfaceKind::ethernet:
      return {4, "Ethernet"};
    case InterfaceKind::wifi:
      return {3, "WiFi"};
    case InterfaceKind::other:
      return {2, "Other"};
    case InterfaceKind::vpn:
      return {1, "External Virtual"};
  }
  return {0, ""};
}

}  // namespace

InterfaceKind interface_kind(std::string_view name) noexcept {
  const auto begins = [name](std::initializer_list<std::string_view> with) {
    return std::ranges::any_of(with, [name](std::string_view prefix) { return name.starts_with(prefix); });
  };
  if (begins({"docker", "br-", "veth", "cni", "flannel", "calico", "weave"}) || name.contains("bridge")) {
    return InterfaceKind::container;
  }
  if (begins({"lo"})) return InterfaceKind::loopback;
  if (begins({"tb", "nx", "ten", "thunderbolt"})) return InterfaceKind::thunderbolt;
  if (begins({"eth", "en"})) return InterfaceKind::ethernet;
  if (begins({"wl", "wifi"})) return InterfaceKind::wifi;
  if (begins({"tun", "tap", "vtun", "utun", "gif", "stf", "wg", "tailscale", "zt", "ppp"})) return InterfaceKind::vpn;
  return InterfaceKind::other;
}

int exo_priority(InterfaceKind kind) noexcept { return words(kind).priority; }
std::string_view exo_name(InterfaceKind kind) noexcept { return words(kind).name; }

std::vector<InterfaceAddress> interface_addresses() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, FreeInterfaces> list(first);
  std::vector<InterfaceAddress> addresses;
  for (const ifaddrs* entry = first; entry != nullptr; entry = entry->ifa_next) {
    if (auto address = read(*entry)) addresses.push_back(*std::move(address));
  }
  return addresses;
}

}  // namespace exocast
