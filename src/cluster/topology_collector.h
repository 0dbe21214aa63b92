// SPDX-License-Identifier: Apache-2.0
#pragma once
// The cluster's topology, asked of all its nodes at once: CollectTopology of exo's NodeService, to every known member
// concurrently, with one deadline. (exo asks one after another, and waits 5 s for each that hangs.)
//
// Only members are asked, and each is believed about itself alone (topology_parts.h). So nothing is followed: a node
// that others merely name is listed as heard of, and neither cycles nor depth nor a lying answer make it take longer.

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

/// A member to be asked.
struct TopologyPeer {
  std::string id;
  std::string address;            ///< host:port, for the report
  std::shared_ptr<ExoLink> link;  ///< not null
};

struct TopologyOptions {
  /// For all together, not one by one: exo's limit for one.
  Duration timeout = std::chrono::seconds(5);
  /// Asked at once.
  Limit limit = 64;
  /// Edges that are kept of one node's answer.
  std::size_t edges_per_node_max = 4096;
  /// And of all answers: a full mesh of 512 nodes.
  std::size_t edges_max = 262'144;
};

/// Asks `peers`, whose ids are unique and not `self`, for what they tell of themselves, and puts it together with what
/// `self` knows, its own_topology(): of peers that do not answer, the capabilities that it knows are kept. Done by the
/// deadline, whatever the peers do. Threading: the thread of `scheduler`, which is that of the awaiting task.
task<CollectedTopology> collect_topology(Scheduler& scheduler, std::string self, Topology known,
                                         std::vector<TopologyPeer> peers, TopologyOptions options = {});

}  // namespace exocast
