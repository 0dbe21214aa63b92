// SPDX-License-Identifier: Apache-2.0
#pragma once
// Member: a node of the cluster as this node knows it, and the seam through which discoveries tell of nodes.
// Plain values, safe from any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exocast/gather/deadline.h"
#include "exocast/device.h"
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

/// A node that a discovery has heard of. Hearing is not believing: it becomes a member once it has answered itself.
struct Candidate {
  std::string id;       ///< "" if the discovery cannot know
  PeerAddress address;  ///< where it serves; a numeric host
  NodeKind kind = NodeKind::unknown;
  std::optional<DeviceCapabilities> capabilities;
  std::string_view source;  ///< the discovery's name: "lan", "file", "exo"
};

/// Whom discoveries tell. Threading: the one thread of the loop.
class CandidateSink {
 public:
  virtual ~CandidateSink() = default;

  /// Told again and again while it can be heard; cheap for one that is known.
  virtual void found(const Candidate& candidate) noexcept = 0;

  /// A file does not list it any more. Never called for what is merely silent.
  virtual void withdrawn(const Candidate& candidate) noexcept = 0;
};

}  // namespace exocast
