// SPDX-License-Identifier: Apache-2.0
#pragma once
// The machine's network interfaces and their addresses. Asks the system at each call (getifaddrs, some 50 µs); safe
// from any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace exocast {

/// What an interface leads to, as exo tells it apart.
enum class InterfaceKind : std::uint8_t { container, loopback, thunderbolt, ethernet, wifi, other, vpn };

/// Guessed from the name, as exo does: the system has no better word for all of them.
InterfaceKind interface_kind(std::string_view name) noexcept;

/// exo's number for it, from 7 (container) to 1 (VPN): among several addresses of a node its nodes take the highest.
int exo_priority(InterfaceKind kind) noexcept;

/// exo's name for it, such as "Ethernet".
std::string_view exo_name(InterfaceKind kind) noexcept;

/// One address of an interface that is up.
struct InterfaceAddress {
  std::string interface;
  unsigned index = 0;  ///< of the interface
  InterfaceKind kind = InterfaceKind::other;
  bool multicast = false;            ///< the interface takes multicast
  boost::asio::ip::address address;  ///< IPv4, or IPv6 without a scope
  /// Reaches all of an IPv4 network: the interface's own, and 127.255.255.255 for loopback. Nothing: it has none.
  std::optional<boost::asio::ip::address_v4> broadcast = std::nullopt;
};

/// All of them, in the system's order. Empty if it does not tell.
std::vector<InterfaceAddress> interface_addresses();

}  // namespace exocast
