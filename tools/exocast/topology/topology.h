// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `exocast topology` does: shows every node's neighbours and machine, asked of all at once.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exocast/gather/deadline.h"
#include "exocast/ids.h"

namespace exocast {

enum class TopologyFormat : std::uint8_t { table, json, dot };

struct ShowTopologyOptions {
  std::vector<Peer> peers;                     ///< empty: the local node asks those that it knows
  std::optional<std::string> node;             ///< which local node; nothing: see LocalNode::find()
  Duration timeout = std::chrono::seconds(5);  ///< of the whole; exo's for one node
  TopologyFormat format = TopologyFormat::table;
};

/// Does it and returns the exit status: 2 if somebody did not answer.
int run_topology(const ShowTopologyOptions& options);

}  // namespace exocast
