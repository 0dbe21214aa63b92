// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cluster/topology_text.h"
#include "report/report_json.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

Json to_json(const DeviceCapabilities& device) {
  return {{"model", to_utf8(device.model)},
          {"chip", to_utf8(device.chip)},
          {"memory_mb", device.memory_mb},
          {"flops",
           {{"fp32_tflops", device.flops.fp32_tflops},
            {"fp16_tflops", device.flops.fp16_tflops},
            {"int8_tflops", device.flops.int8_tflops}}}};
}

Json to_json(const std::string& from, const PeerConnection& edge) {
  return {{"from", to_utf8(from)},
          {"to", to_utf8(edge.to_id)},
          {"description", edge.description ? Json(to_utf8(*edge.description)) : Json()}};
}

Json to_json(const TopologyAnswer& answer) {
  return {{"peer", to_utf8(answer.peer)},           {"address", to_utf8(answer.address)},
          {"outcome", to_string(answer.outcome)},   {"elapsed_ms", to_microseconds(answer.elapsed_ms)},
          {"code", to_string(answer.code)},         {"error", to_utf8(answer.error)},
          {"edges_left_out", answer.edges_left_out}};
}

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
  return {.peer = event.at("peer"),
          .address = event.at("address"),
          .outcome = outcome_of<TopologyAnswer>(event),
          .elapsed_ms = event.at("elapsed_ms"),
          .code = status_code_of(event.at("code").get<std::string>()),
          .error = event.at("error"),
          .edges_left_out = event.at("edges_left_out")};
}

Json event(std::string_view what, const Json& first, const Json& fields) {
  Json line{{"event", what}};
  line.update(first);
  line.update(fields);
  return line;
}

}  // namespace

Json to_json(const CollectedTopology& collected) {
  Json nodes = Json::object();
  for (const auto& [id, device] : collected.topology.nodes) nodes.emplace(to_utf8(id), to_json(device));
  Json edges = Json::array();
  for (const auto& [from, all] : collected.topology.connections) {
    for (const PeerConnection& edge : all) edges.push_back(to_json(from, edge));
  }
  Json heard_of = Json::array();
  for (const std::string& id : collected.heard_of) heard_of.push_back(to_utf8(id));
  Json outcomes = Json::array();
  for (const TopologyAnswer& answer : collected.outcomes) outcomes.push_back(to_json(answer));
  return {{"self", to_utf8(collected.self)}, {"elapsed_ms", to_microseconds(collected.elapsed_ms)},
          {"nodes", std::move(nodes)},       {"edges", std::move(edges)},
          {"heard_of", std::move(heard_of)}, {"outcomes", std::move(outcomes)}};
}

std::vector<Json> to_events(const CollectedTopology& collected) {
  const Json topology = to_json(collected);
  std::vector<Json> events;
  for (const auto& [id, device] : topology["nodes"].items()) events.push_back(event("node", {{"id", id}}, device));
  for (const Json& edge : topology["edges"]) events.push_back(event("edge", Json::object(), edge));
  for (const Json& id : topology["heard_of"]) events.push_back(event("heard_of", {{"id", id}}, Json::object()));
  for (const Json& outcome : topology["outcomes"]) events.push_back(event("outcome", Json::object(), outcome));
  events.push_back({{"self", topology["self"]}, {"elapsed_ms", topology["elapsed_ms"]}});
  return events;
}

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
    } else if (event.contains("self")) {
      collected.self = event.at("self");
      collected.elapsed_ms = event.at("elapsed_ms");
    } else {
      return false;
    }
    return true;
  } catch (const Json::exception&) {  // a missing key, or a value of another type
    return false;
  }
}

}  // namespace exocast
