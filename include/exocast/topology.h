// SPDX-License-Identifier: Apache-2.0
#pragma once
// Topology: the nodes of the cluster and how they reach each other, as one node knows it or as all of them answered.
// Plain values, safe from any thread.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exocast/device.h"
#include "exocast/status.h"

namespace exocast {

/// One directed edge: the owner can reach the node `to_id`.
struct PeerConnection {
  std::string to_id;
  std::optional<std::string> description;  ///< how, in words of exo: an interface's name, "MAN" for a manual peer

  bool operator==(const PeerConnection&) const = default;
};

/// What a node answers to exo's CollectTopology.
struct Topology {
  std::map<std::string, DeviceCapabilities> nodes;                 ///< by node id
  std::map<std::string, std::vector<PeerConnection>> connections;  ///< by the id of the node they start from

  bool operator==(const Topology&) const = default;
};

/// How asking one member for its topology ended.
enum class TopologyOutcome : std::uint8_t {
  answered,
  failed,       ///< `code` and `error` tell
  timed_out,    ///< no answer by the deadline
  not_started,  ///< the deadline came before its turn
};

/// The word in JSON: its own name.
std::string_view to_string(TopologyOutcome outcome) noexcept;

/// How one member was asked.
struct TopologyAnswer {
  std::string peer{};
  std::string address{};
  TopologyOutcome outcome = TopologyOutcome::not_started;
  double elapsed_ms = 0;             ///< from the start of the collection
  StatusCode code = StatusCode::ok;  ///< `ok`: none is known
  std::string error{};               ///< in words, also of an answer that is not complete; "" for none
  std::size_t edges_left_out = 0;    ///< of its answer: over the limits, or to what cannot be an id
};

/// The topology of the cluster, collected from its members.
struct CollectedTopology {
  std::string self{};  ///< who collected it
  Topology topology{};
  std::vector<TopologyAnswer> outcomes{};  ///< one for each peer, in their order
  std::vector<std::string> heard_of{};     ///< ids that edges lead to and nothing else is known of, sorted
  double elapsed_ms = 0;
};

}  // namespace exocast
