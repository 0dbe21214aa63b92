// SPDX-License-Identifier: Apache-2.0
#pragma once
// Candidate: a node that a discovery has found. CandidateSink: receives candidates from discoveries.

#include <optional>
#include <string>
#include <string_view>

#include "exocast/member.h"

namespace exocast {

/// A node that a discovery has found. It becomes a member when it answers a probe at that address.
struct Candidate {
  std::string id;       ///< "" if the discovery does not know it
  PeerAddress address;  ///< its listen address; a numeric host
  NodeKind kind = NodeKind::unknown;
  std::optional<DeviceCapabilities> capabilities;
  std::string_view source;  ///< the discovery's name: "lan", "file", "exo"
};

/// Receives candidates from discoveries. Threading: the one thread of the loop.
class CandidateSink {
 public:
  virtual ~CandidateSink() = default;

  /// Called repeatedly while a discovery finds the node; cheap for a known one.
  virtual void found(const Candidate& candidate) noexcept = 0;

  /// A file no longer lists the node. Never called for a node that is merely silent.
  virtual void withdrawn(const Candidate& candidate) noexcept = 0;
};

}  // namespace exocast
