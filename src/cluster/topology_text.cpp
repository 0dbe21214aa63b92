// SPDX-License-Identifier: Apache-2.0
#include "cluster/topology_text.h"

#include <cmath>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "cluster/ring.h"
#include "base/text.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

double to_microseconds(double ms) { return std::round(ms * 1000) / 1000; }

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
          {"code", to_string(answer.code)},           {"error", to_utf8(answer.error)},
          {"edges_left_out", answer.edges_left_out}};
}

/// As the content of a quoted string of DOT: the lexer knows \" and \\, a label's layout the same and entities. Control
/// characters become spaces.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : to_line(text, std::string_view::npos)) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
    if (c == '&') result += "amp;";
  }
  return result;
}

std::string dot_string(std::string_view text) { return '"' + escaped(text) + '"'; }

std::string label_of(const std::string& id, const DeviceCapabilities& device) {
  std::string label = escaped(id);
  if (!device.chip.empty()) label += "\\n" + escaped(device.chip);
  if (device.memory_mb > 0) label += "\\n" + std::to_string(device.memory_mb) + " MB";
  return label;
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
  Json ring = Json::array();
  for (const RingPartition& part : ring_partitions(collected.topology.nodes)) {
    ring.push_back({{"id", to_utf8(part.id)}, {"start", part.start}, {"end", part.end}});
  }
  return {{"self", to_utf8(collected.self)}, {"elapsed_ms", to_microseconds(collected.elapsed_ms)},
          {"nodes", std::move(nodes)},       {"edges", std::move(edges)},
          {"heard_of", std::move(heard_of)}, {"outcomes", std::move(outcomes)},
          {"ring", std::move(ring)}};
}

std::string to_dot(const CollectedTopology& collected) {
  std::string dot = "digraph exocast {\n  node [shape=box];\n";
  std::map<std::string, std::string> attributes;  // by id
  for (const std::string& id : collected.heard_of) attributes[id] = "label=" + dot_string(id) + ", style=dashed";
  for (const auto& [id, device] : collected.topology.nodes) attributes[id] = "label=\"" + label_of(id, device) + '"';
  for (const TopologyAnswer& answer : collected.outcomes) {
    std::string& of_node = attributes[answer.peer];
    if (of_node.empty()) of_node = "label=" + dot_string(answer.peer);
    if (answer.outcome != TopologyOutcome::answered) of_node += ", color=red";
  }
  for (const auto& [id, of_node] : attributes) dot += "  " + dot_string(id) + " [" + of_node + "];\n";
  for (const auto& [from, edges] : collected.topology.connections) {
    for (const PeerConnection& edge : edges) {
      dot += "  " + dot_string(from) + " -> " + dot_string(edge.to_id);
      if (edge.description) dot += " [label=" + dot_string(*edge.description) + ']';
      dot += ";\n";
    }
  }
  return dot + "}\n";
}

}  // namespace exocast
