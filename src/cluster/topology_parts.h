// SPDX-License-Identifier: Apache-2.0
#pragma once
// The part of a topology that a node reports about itself, and how these parts are merged.
//
// A node is trusted about itself only: of its answer its own node and its own edges count, as in exo. So no node can
// invent others, however large its answer is, and cycles do no harm. Pure functions, safe from any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exocast/member.h"
#include "link/exo/topology.h"

namespace exocast {

/// What node `id` reports to others: itself, and an edge to each of `members` that is healthy or suspect, with its
/// capabilities if known. The description of an edge is how the member was found: "LAN", "MAN" for one listed in a
/// file (exo's word), else the discovery's name.
Topology own_topology(const std::string& id, const DeviceCapabilities& capabilities,
                      const std::vector<Member>& members);

/// One node's own part of a topology.
struct TopologyPart {
  std::optional<DeviceCapabilities> capabilities;  ///< nothing if the topology does not contain the node
  std::vector<PeerConnection> edges;               ///< sorted, without duplicates
  std::size_t edges_left_out = 0;                  ///< over the limit, or with an invalid id
};

/// The part of `id` in `topology`, sanitised: its first `edges_max` edges, valid ids (peer_id_fault()), texts of one
/// printable line (64 columns for an edge), and finite, non-negative numbers.
TopologyPart part_of(Topology topology, const std::string& id, std::size_t edges_max);

/// Sets the part of `id` in `topology`: replaces its edges, and its capabilities if `part` has any.
void merge(Topology& topology, const std::string& id, TopologyPart part);

}  // namespace exocast
