// SPDX-License-Identifier: Apache-2.0
#pragma once
// The machine's network interfaces and their addresses. Asks the system at each call (getifaddrs, about 50 µs); safe
// from any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

namespace exocast {

/// Kinds of interfaces, as exo distinguishes them.
enum class InterfaceKind : std::uint8_t { container, loopback, thunderbolt, ethernet, wifi, other, vpn };

/// Guessed from the name, as exo does: the system has no call that knows all kinds.
InterfaceKind interface_kind(std::string_view name) noexcept;

/// exo's number for the kind, from 7 (container) to 1 (VPN). Of a node's addresses, exo's nodes use the highest.
int exo_priority(InterfaceKind kind) noexcept;

/// exo's name for the kind, such as "Ethernet".
std::string_view exo_name(InterfaceKind kind) noexcept;

/// One address of an interface that is up.
struct InterfaceAddress {
  std::string interface;
  unsigned index = 0;  ///< of the interface
  InterfaceKind kind = InterfaceKind::other;
  bool multicast = false;            ///< the interface supports multicast
  boost::asio::ip::address address;  ///< IPv4, or IPv6 without a scope
  /// The IPv4 broadcast address: the interface's own, or 127.255.255.255 for loopback. Nothing if it has none.
  std::optional<boost::asio::ip::address_v4> broadcast = std::nullopt;
};

/// All addresses, in the system's order. Empty if the system returns an error.
std::vector<InterfaceAddress> interface_addresses();

}  // namespace exocast
