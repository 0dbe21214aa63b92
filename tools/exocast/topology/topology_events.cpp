// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/topology/topology_events.h"

#include <array>
#include <string>

#include <nlohmann/json.hpp>

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array all_outcomes_of_topology = {TopologyOutcome::answered, TopologyOutcome::failed,
                                                 TopologyOutcome::timed_out, TopologyOutcome::not_started};

DeviceCapabilities device_of(const Json& event) {
  const Json& flops = event.at("flops");
  return {.model = event.at("model"),
          .chip = event.at("chip"),
          .memory_mb = event.at("memory_mb"),
          .flops = {.fp32_tflops = flops.at("fp32_tflops"),
                    .fp16_tflops = flops.at("fp16_tflops"),
                    .int8_tflops = flops.at("int8_tflops")}};
}

PeerConnection edge_of(const Json& event) {
  PeerConnection edge{.to_id = event.at("to"), .description = std::nullopt};
  if (const Json& description = event.at("description"); !description.is_null()) edge.description = description;
  return edge;
}

TopologyAnswer answer_of(const Json& event) {
  TopologyAnswer answer{.peer = event.at("peer"),
                        .address = event.at("address"),
                        .elapsed_ms = event.at("elapsed_ms"),
                        .code = status_code_of(event.at("code").get<std::string>()),
                        .error = event.at("error"),
                        .edges_left_out = event.at("edges_left_out")};
  for (const TopologyOutcome outcome : all_outcomes_of_topology) {
    if (event.at("outcome") == to_string(outcome)) answer.outcome = outcome;
  }
  return answer;
}

}  // namespace

bool add_event(CollectedTopology& collected, const Json& event) {
  try {
    const std::string what = event.value("event", "");
    if (what == "node") {
      collected.topology.nodes[event.at("id")] = device_of(event);
    } else if (what == "edge") {
      collected.topology.connections[event.at("from")].push_back(edge_of(event));
    } else if (what == "heard_of") {
      collected.heard_of.push_back(event.at("id"));
    } else if (what == "outcome") {
      collected.outcomes.push_back(answer_of(event));
    } else if (event.contains("end")) {
      collected.self = event.at("self");
      collected.elapsed_ms = event.at("elapsed_ms");
    } else {
      return false;
    }
    return true;
  } catch (const Json::exception&) {  // a key that is missing, or a value of another type
    return false;
  }
}

}  // namespace exocast
