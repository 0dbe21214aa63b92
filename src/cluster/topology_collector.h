// SPDX-License-Identifier: Apache-2.0
#pragma once
// Collects the cluster's topology from all members at the same time: CollectTopology of exo's NodeService, with one
// deadline. (exo asks one after another, and waits 5 s for each that hangs.)
//
// Only members are asked, and each answer counts for its sender only (topology_parts.h). A node that appears only in
// the answers of others is listed as `heard_of` and not asked. So cycles, depth and false answers cannot prolong the
// collection.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "cluster/topology_parts.h"
#include "exocast/gather/options.h"
#include "exocast/gather/task.h"
#include "exocast/topology.h"
#include "link/exo/exo_client.h"

namespace exocast {

/// A member to ask.
struct TopologyPeer {
  std::string id;
  std::string address;            ///< host:port, for the report
  std::shared_ptr<ExoLink> link;  ///< not null
};

struct TopologyOptions {
  /// For the whole collection; exo has this limit for each node.
  Duration timeout = std::chrono::seconds(5);
  /// Peers asked at the same time.
  Limit limit = 64;
  /// Edges kept of one node's answer.
  std::size_t edges_per_node_max = 4096;
  /// Edges kept of all answers: a full mesh of 512 nodes.
  std::size_t edges_max = 262'144;
};

/// Asks `peers` for their own parts, and merges these with `known`, the own_topology() of `self`. The peers' ids are
/// unique, and none is `self`. A peer that does not answer keeps the capabilities in `known`. Ends by the deadline,
/// whatever the peers do. Threading: the thread of `scheduler`, which is that of the awaiting task.
task<CollectedTopology> collect_topology(Scheduler& scheduler, std::string self, Topology known,
                                         std::vector<TopologyPeer> peers, TopologyOptions options = {});

}  // namespace exocast
