// SPDX-License-Identifier: Apache-2.0
#pragma once
// Who and what is meant: broadcast ids, peer ids and peer addresses, with the one parser for each.
//
// Command line, peers file and discovery all read addresses through here, so they accept the same texts and fail with
// the same words. Nothing here resolves names or touches the network.
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

  std::string next();

 private:
  std::array<std::uint64_t, 2> state_;
};

/// Where a peer listens. `host` is a name, an IPv4 address or an IPv6 address without brackets.
struct PeerAddress {
  std::string host;
  std::uint16_t port = 0;

  auto operator<=>(const PeerAddress&) const = default;
};

/// A peer as named by a user or a file. The id is unique within a cluster.
struct Peer {
  std::string id;
  PeerAddress address;
  std::optional<DeviceCapabilities> capabilities;  // nothing if the source does not tell

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

/// Nothing if `id` can name a peer: 1..255 bytes of UTF-8 without control characters. Else what is wrong with it.
std::optional<std::string> peer_id_fault(std::string_view id);

}  // namespace exocast
