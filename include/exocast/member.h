// SPDX-License-Identifier: Apache-2.0
#pragma once
// Member: a node of the cluster as this node knows it. A plain value, safe from any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exocast/device.h"
#include "exocast/gather/deadline.h"
#include "exocast/ids.h"

namespace exocast {

/// What a node speaks.
enum class NodeKind : std::uint8_t {
  exocast,  ///< exo's NodeService, and our datagrams at the same address and port
  exo,      ///< exo's NodeService only
  unknown,  ///< not known yet: one that a user has listed
};

/// How a member stands.
enum class MemberState : std::uint8_t {
  healthy,  ///< it answers
  suspect,  ///< it has not answered; it may still say that it is there
  gone,     ///< it has not said so in time
  left,     ///< it has said goodbye
};

/// The words of a report, such as "suspect".
std::string_view to_string(MemberState state) noexcept;
std::string_view to_string(NodeKind kind) noexcept;

struct Member {
  std::string id;       ///< stable over restarts
  PeerAddress address;  ///< where it serves; a numeric host
  NodeKind kind = NodeKind::exocast;
  MemberState state = MemberState::healthy;
  /// Random, not 0: of one run of its process, so a restart shows. 0 for exo's nodes, which do not tell.
  std::uint64_t session = 0;
  /// Grows whenever it contradicts somebody who says that it is suspect or gone, as in SWIM.
  std::uint32_t incarnation = 0;
  TimePoint since{};  ///< when it came into this state
  std::optional<DeviceCapabilities> capabilities;
  std::string source;  ///< who told of it first: "lan", "file", "exo", "gossip"
};

}  // namespace exocast
