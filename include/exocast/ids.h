// SPDX-License-Identifier: Apache-2.0
#pragma once
// Broadcast ids, peer ids and peer addresses, with the one parser for each.
//
//   std::expected<PeerAddress, std::string> address = parse_address("10.0.0.1:50051");
//
// Command line, peers file and discovery use these parsers, so they accept the same texts and fail with the same words.
// Nothing here resolves names or uses the network.
// Plain values and pure functions, safe from any thread; BroadcastIds belongs to one thread at a time.

#include <array>
#include <compare>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "exocast/device.h"

namespace exocast {

/// Makes broadcast ids: 128 random bits as 32 lower-case hex digits, for telling broadcasts apart, not for secrets.
class BroadcastIds {
 public:
  /// Seeded by the operating system: ids do not repeat across processes and machines.
  BroadcastIds();
  /// The same seed yields the same ids, for tests and replays.
  explicit BroadcastIds(std::uint64_t seed);

  std::string next();  ///< a new id

 private:
  std::array<std::uint64_t, 2> state_;
};

/// Where a peer listens. `host` is a name, an IPv4 address or an IPv6 address without brackets.
struct PeerAddress {
  std::string host;        ///< as parse_host() returns it
  std::uint16_t port = 0;  ///< 0: any free port, for listening only

  /// Orders by host as text, then by port.
  auto operator<=>(const PeerAddress&) const = default;
};

/// A peer as named by a user or a file. The id is unique within a cluster.
struct Peer {
  std::string id;                                       ///< see peer_id_fault()
  PeerAddress address;                                  ///< where it serves
  std::optional<DeviceCapabilities> capabilities = {};  ///< nullopt: not known

  /// Compares all fields.
  bool operator==(const Peer&) const = default;
};

/// "host:port", with brackets around an IPv6 address: what gRPC, exo and parse_address read.
std::string to_string(const PeerAddress& address);

/// A host alone: an IPv4 address, an IPv6 address with or without brackets (a zone such as "%eth0" may follow), or a
/// host name of letters, digits, '-', '_' and dots. Yields it without brackets, or one printable line on what is wrong.
std::expected<std::string, std::string> parse_host(std::string_view text);

/// "host:port" as printed by to_string. Ports are `lowest_port`..65535; pass 0 where "any free port" makes sense, which
/// is only for listening. The error is one printable line that quotes `text`.
std::expected<PeerAddress, std::string> parse_address(std::string_view text, std::uint16_t lowest_port = 1);

/// "id=host:port", as in `--peer`. The last '=' counts, so an id may hold one. Errors as by parse_address.
std::expected<Peer, std::string> parse_peer(std::string_view text);

/// Checks a peer id: 1 to 255 bytes of UTF-8 without control characters. Returns nullopt, or what is wrong with it.
std::optional<std::string> peer_id_fault(std::string_view id);

}  // namespace exocast
