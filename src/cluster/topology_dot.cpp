// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <string>

#include "base/text.h"
#include "cluster/topology_text.h"

namespace exocast {
namespace {

/// Escapes the content of a quoted DOT string: the lexer knows \" and \\, and labels also know these and entities.
/// Control characters become spaces.
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

std::string to_dot(const CollectedTopology& collected) {
  std::string dot = "digraph exocast {\n  node [shape=box];\n";
  std::map<std::string, std::string> attributes;  // by id
  for (const std::string& id : collected.heard_of) attributes[id] = "label=" + dot_string(id) + ", style=dashed";
  for (const auto& [id, device] : collected.topology.nodes) attributes[id] = "label=\"" + label_of(id, device) + '"';
  for (const TopologyAnswer& answer : collected.outcomes) {
    std::string& of_node = attributes[answer.peer];
    if (of_node.empty()) of_node = "label=" + dot_string(answer.peer);
    if (answer.outcome != PeerOutcome::answered) of_node += ", color=red";
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
