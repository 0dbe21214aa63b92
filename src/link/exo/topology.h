// SPDX-License-Identifier: Apache-2.0
#pragma once
// Converts a topology to and from protobuf. Pure functions, safe from any thread.

namespace node_service {
class Topology;
}

#include "exocast/topology.h"

namespace exocast {

/// Repairs ids that are not UTF-8 (U+FFFD), because protobuf would refuse them.
node_service::Topology to_proto(const Topology& topology);

/// protobuf has checked the UTF-8. Nothing else is checked: edges may lead to unknown nodes.
Topology from_proto(const node_service::Topology& topology);

}  // namespace exocast
