// SPDX-License-Identifier: Apache-2.0
#pragma once
// Datagram: what members say to each other, as values, and the codec between them and bytes.
//
// The bytes are protobuf (message/proto/cluster.proto). What is read has been checked: ids, addresses and sessions can
// be used as they are, lists are bounded. What is written always fits: updates that do not are refused.
// Pure; the codec keeps its messages of protobuf, one set a thread, so that an idle period allocates little.

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exocast/member.h"

namespace exocast::swim {

/// How a member stands, as the sender knows.
struct Update {
  std::string id = {};
  PeerAddress address = {};
  std::uint64_t session = 0;
  std::uint32_t incarnation = 0;
  MemberState state = MemberState::healthy;
  std::string accuser = {};  ///< of a suspect: who had no ack from it
};

/// As in cluster.proto.
enum class DatagramKind : std::uint8_t { ping = 1, ack, ping_request, nack, sync_request, sync, conflict, gossip };
inline constexpr std::size_t datagram_kinds = 9;  // with 0, which is none

struct Datagram {
  DatagramKind kind = DatagramKind::gossip;
  Update sender = {};  ///< its host may be "": the one the datagram came from
  std::uint64_t number = 0;
  std::optional<Update> about = {};
  std::uint64_t to_session = 0;
  std::uint64_t age_ms = 0;
  bool introduce = false;
  bool relayed = false;
  std::string after = {};
  std::string next = {};
  std::optional<DeviceCapabilities> capabilities = {};
  std::vector<Update> updates = {};
};

/// Why bytes are no datagram.
enum class BadDatagram : std::uint8_t { garbled, version, kind, sender, content, too_many };
inline constexpr std::size_t bad_datagram_reasons = 6;

/// "garbled", "version" …
std::string_view to_string(BadDatagram reason) noexcept;

/// Updates that one datagram may carry, and bytes of a text of its capabilities.
inline constexpr std::size_t updates_max = 64;
inline constexpr std::size_t capability_bytes_max = 128;

/// What `bytes` say. Any bytes may be given.
std::expected<Datagram, BadDatagram> read(std::string_view bytes);

/// Writes one datagram: itself, then as many updates as there is room for.
class DatagramWriter {
 public:
  /// Begins with all of `datagram` but its updates: that always fits.
  explicit DatagramWriter(const Datagram& datagram);

  /// Adds one; false when there is no room for it.
  bool add(const Update& update);

  const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
  std::size_t updates_ = 0;
};

}  // namespace exocast::swim
