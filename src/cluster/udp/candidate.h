// SPDX-License-Identifier: Apache-2.0
#pragma once
// Candidate: a node that a discovery has heard of; and CandidateSink, whom discoveries tell of candidates.

#include <optional>
#include <string>
#include <string_view>

#include "exocast/member.h"

namespace exocast {

/// A node that a discovery has heard of. It becomes a member once it has answered itself.
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
