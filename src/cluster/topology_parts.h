// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a node says of itself in a topology, and how the cluster's topology is put together from that.
//
// A node is believed about itself only: of its answer its own node and its own edges count, as in exo; so no node can
// invent others, however large its answer is, and cycles mean nothing. Pure functions, safe from any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exocast/member.h"
#include "link/exo/topology.h"

namespace exocast {

/// What the node `id` tells others: itself, and an edge to each of `members` that is healthy or suspect, with its
/// capabilities where they are known. An edge is described by how the member was found: "LAN", "MAN" for one listed in
/// a file (exo's word), else the discovery's name.
Topology own_topology(const std::string& id, const DeviceCapabilities& capabilities,
                      const std::vector<Member>& members);

/// One node's own part of a topology.
struct TopologyPart {
  std::optional<DeviceCapabilities> capabilities;  ///< nothing if the topology does not tell of the node
  std::vector<PeerConnection> edges;               ///< sorted, each once
  std::size_t edges_left_out = 0;                  ///< over the limit, or to what cannot be an id
};

/// The part of `id` in `topology`, made safe to keep: its first `edges_max` edges; ids as peer_id_fault() allows; texts
/// of one printable line (of an edge, 64 columns at most); numbers that are finite and not negative.
TopologyPart part_of(Topology topology, const std::string& id, std::size_t edges_max);

/// Puts `part` into `topology` as that of `id`: its edges in place of those that were known, and its capabilities if it
/// tells of them.
void merge(Topology& topology, const std::string& id, TopologyPart part);

}  // namespace exocast
