// SPDX-License-Identifier: Apache-2.0
#pragma once
// Member: a node of the cluster, as this node knows it.
//
//   for (const Member& member : node.cluster()->members()) print("{} {}", member.id, to_string(member.state));
//
// A plain value, safe from any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exocast/device.h"
#include "exocast/gather/deadline.h"
#include "exocast/ids.h"

namespace exocast {

/// The protocols that a node serves.
enum class NodeKind : std::uint8_t {
  exocast,  ///< exo's NodeService, and exocast's datagrams at the same address and port
  exo,      ///< exo's NodeService only
  unknown,  ///< listed in a peers file, and not probed yet
};

/// How a member answers probes.
enum class MemberState : std::uint8_t {
  healthy,  ///< it answers
  suspect,  ///< it did not answer a probe in time; it can still refute the suspicion
  gone,     ///< it did not refute in time
  left,     ///< it said goodbye
};

/// The name of the enumerator, as reports print it: "suspect"; "" for any other value.
std::string_view to_string(MemberState state) noexcept;
/// The name of the enumerator: "exocast", "exo", "unknown"; "" for any other value.
std::string_view to_string(NodeKind kind) noexcept;

/// One node of the cluster.
struct Member {
  std::string id;                            ///< unique in the cluster; stays the same over restarts
  PeerAddress address;                       ///< where it serves; the host is numeric
  NodeKind kind = NodeKind::exocast;         ///< its protocols
  MemberState state = MemberState::healthy;  ///< the present state, see `since`
  std::uint64_t session = 0;      ///< random, new with each start of its process; 0: unknown, as for exo's nodes
  std::uint32_t incarnation = 0;  ///< grows with each refutation of its own suspicion or death, as in SWIM
  TimePoint since{};              ///< when it entered `state`
  std::optional<DeviceCapabilities> capabilities;  ///< nullopt: not known
  std::string source;                              ///< what named it first: "lan", "file", "exo" or "gossip"
};

}  // namespace exocast
