// SPDX-License-Identifier: Apache-2.0
#include "cluster/topology_parts.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "exocast/ids.h"

namespace exocast {
namespace {

constexpr std::size_t description_columns_max = 64;  // longer than any interface name

std::string description_of(const Member& member) {
  if (member.source == "lan") return "LAN";
  if (member.source == "file") return "MAN";
  return member.source;
}

double speed(double tflops) { return std::isfinite(tflops) ? std::max(tflops, 0.0) : 0; }

DeviceCapabilities made_safe(const DeviceCapabilities& device) {
  return {.model = to_line(device.model),
          .chip = to_line(device.chip),
          .memory_mb = std::max(device.memory_mb, 0),
          .flops = {.fp32_tflops = speed(device.flops.fp32_tflops),
                    .fp16_tflops = speed(device.flops.fp16_tflops),
                    .int8_tflops = speed(device.flops.int8_tflops)}};
}

}  // namespace

Topology own_topology(const std::string& id, const DeviceCapabilities& capabilities,
                      const std::vector<Member>& members) {
  Topology topology;
  auto& edges = topology.connections[id];
  for (const Member& member : members) {
    if (member.state != MemberState::healthy && member.state != MemberState::suspect) continue;
    edges.push_back({.to_id = member.id, .description = description_of(member)});
    if (member.capabilities) topology.nodes[member.id] = *member.capabilities;
  }
  topology.nodes[id] = capabilities;
  return topology;
}

TopologyPart part_of(Topology topology, const std::string& id, std::size_t edges_max) {
  TopologyPart part;
  if (const auto node = topology.nodes.find(id); node != topology.nodes.end()) {
    part.capabilities = made_safe(node->second);
  }
  for (PeerConnection& edge : topology.connections[id]) {
    if (part.edges.size() == edges_max || peer_id_fault(edge.to_id)) {
      ++part.edges_left_out;
      continue;
    }
    if (edge.description) edge.description = to_line(*edge.description, description_columns_max);
    part.edges.push_back(std::move(edge));
  }
  const auto order = [](const PeerConnection& edge) { return std::tie(edge.to_id, edge.description); };
  std::ranges::sort(part.edges, {}, order);
  const auto repeated = std::ranges::unique(part.edges);
  part.edges.erase(repeated.begin(), repeated.end());
  return part;
}

void merge(Topology& topology, const std::string& id, TopologyPart part) {
  if (part.capabilities) topology.nodes[id] = *std::move(part.capabilities);
  topology.connections[id] = std::move(part.edges);
}

}  // namespace exocast
