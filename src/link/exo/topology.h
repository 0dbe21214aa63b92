// SPDX-License-Identifier: Apache-2.0
#pragma once
// Topology: the cluster as one node sees it, which is what exo's CollectTopology tells.
// A plain value, with its way to and from protobuf; no threading rules.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "exocast/device.h"

namespace node_service {
class Topology;
}

namespace exocast {

/// One directed edge: the owner can reach the node `to_id`.
struct PeerConnection {
  std::string to_id;
  std::optional<std::string> description;  ///< how, in words of exo: an interface's name, "MAN" for a manual peer

  bool operator==(const PeerConnection&) const = default;
};

struct Topology {
  std::map<std::string, DeviceCapabilities> nodes;                 ///< by node id
  std::map<std::string, std::vector<PeerConnection>> connections;  ///< by the id of the node they start from

  bool operator==(const Topology&) const = default;
};

/// As protobuf. Ids that are not UTF-8 are repaired (U+FFFD), because protobuf would not let them through.
node_service::Topology to_proto(const Topology& topology);

/// From protobuf, which has checked that it is UTF-8. Nothing is checked beyond that: edges may lead to unknown nodes.
Topology from_proto(const node_service::Topology& topology);

}  // namespace exocast
