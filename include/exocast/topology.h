// SPDX-License-Identifier: Apache-2.0
#pragma once
// Topology: the nodes of the cluster and their connections, as one node knows them or as all nodes answered.
//
//   CollectedTopology collected = co_await node.collect_topology(5s);
//   for (const auto& [id, machine] : collected.topology.nodes) print("{}: {}", id, machine.chip);
//
// Plain values, safe from any thread.

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "exocast/device.h"
#include "exocast/report.h"
#include "exocast/status.h"

namespace exocast {

/// One directed edge: its owner can reach the node `to_id`.
struct PeerConnection {
  std::string to_id;                       ///< id of the other node
  std::optional<std::string> description;  ///< exo's word for the kind: a network interface, "MAN" for a listed peer

  /// Compares both fields.
  bool operator==(const PeerConnection&) const = default;
};

/// A node's answer to exo's CollectTopology.
struct Topology {
  std::map<std::string, DeviceCapabilities> nodes;                 ///< by node id
  std::map<std::string, std::vector<PeerConnection>> connections;  ///< edges, by the id of their owner

  /// Compares all nodes and edges.
  bool operator==(const Topology&) const = default;
};

/// The outcome of CollectTopology at one member.
struct TopologyAnswer {
  /// The subject of the report.
  struct Subject {
    std::string self{};                   ///< id of the node that collected it
    Topology topology{};                  ///< all answers together, each only about its own node
    std::vector<std::string> heard_of{};  ///< ids that edges lead to, of nodes that are not members; sorted
  };
  /// Its possible outcomes, in the order in which they are counted and printed.
  static constexpr std::array all_outcomes = {PeerOutcome::answered, PeerOutcome::failed, PeerOutcome::timed_out,
                                              PeerOutcome::not_started};

  std::string peer{};                              ///< its id
  std::string address{};                           ///< host:port
  PeerOutcome outcome = PeerOutcome::not_started;  ///< one of all_outcomes
  double elapsed_ms = 0;                           ///< from the start of the collection to this outcome
  StatusCode code = StatusCode::ok;                ///< why there is no answer; `ok`: no code is known
  std::string error{};                             ///< in words, also for an incomplete answer; "" if there is none
  std::size_t edges_left_out = 0;                  ///< edges of its answer over the limits, or to an invalid id
};

/// The report of Node::collect_topology(). It has no policy and no epoch.
using CollectedTopology = ReportOf<TopologyAnswer>;

}  // namespace exocast
