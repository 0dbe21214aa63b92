// SPDX-License-Identifier: Apache-2.0
#pragma once
// Topology: the nodes of the cluster and how they reach each other, as one node knows it or as all of them answered.
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

/// How one member was asked.
struct TopologyAnswer {
  struct Subject {
    std::string self{};  ///< who collected it
    Topology topology{};
    std::vector<std::string> heard_of{};  ///< ids that edges lead to and nothing else is known of, sorted
  };
  static constexpr std::array all_outcomes = {PeerOutcome::answered, PeerOutcome::failed, PeerOutcome::timed_out,
                                              PeerOutcome::not_started};

  std::string peer{};
  std::string address{};
  PeerOutcome outcome = PeerOutcome::not_started;
  double elapsed_ms = 0;             ///< from the start of the collection
  StatusCode code = StatusCode::ok;  ///< `ok`: none is known
  std::string error{};               ///< in words, also of an answer that is not complete; "" for none
  std::size_t edges_left_out = 0;    ///< of its answer: over the limits, or to what cannot be an id
};

/// All are to answer: it has no policy, and no epoch.
using CollectedTopology = ReportOf<TopologyAnswer>;

}  // namespace exocast
