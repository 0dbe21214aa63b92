// SPDX-License-Identifier: Apache-2.0
#pragma once
// A topology to and from protobuf. Pure functions, safe from any thread.

namespace node_service {
class Topology;
}

#include "exocast/topology.h"

namespace exocast {

/// As protobuf. Ids that are not UTF-8 are repaired (U+FFFD), because protobuf would not let them through.
node_service::Topology to_proto(const Topology& topology);

/// From protobuf, which has checked that it is UTF-8. Nothing is checked beyond that: edges may lead to unknown nodes.
Topology from_proto(const node_service::Topology& topology);

}  // namespace exocast
