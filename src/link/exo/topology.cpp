// SPDX-License-Identifier: Apache-2.0
#include "link/exo/topology.h"

#include "base/text.h"
#include "message/proto/node_service.pb.h"

namespace exocast {
namespace {

node_service::DeviceCapabilities to_proto(const DeviceCapabilities& device) {
  node_service::DeviceCapabilities proto;
  proto.set_model(to_utf8(device.model));
  proto.set_chip(to_utf8(device.chip));
  proto.set_memory(device.memory_mb);
  proto.mutable_flops()->set_fp32(device.flops.fp32_tflops);
  proto.mutable_flops()->set_fp16(device.flops.fp16_tflops);
  proto.mutable_flops()->set_int8(device.flops.int8_tflops);
  return proto;
}

DeviceCapabilities from_proto(const node_service::DeviceCapabilities& proto) {
  return {.model = proto.model(),
          .chip = proto.chip(),
          .memory_mb = proto.memory(),
          .flops = {.fp32_tflops = proto.flops().fp32(),
                    .fp16_tflops = proto.flops().fp16(),
                    .int8_tflops = proto.flops().int8()}};
}

}  // namespace

node_service::Topology to_proto(const Topology& topology) {
  node_service::Topology proto;
  for (const auto& [id, device] : topology.nodes) (*proto.mutable_nodes())[to_utf8(id)] = to_proto(device);
  for (const auto& [id, connections] : topology.connections) {
    auto& edges = (*proto.mutable_peer_graph())[to_utf8(id)];
    for (const PeerConnection& connection : connections) {
      auto& edge = *edges.add_connections();
      edge.set_to_id(to_utf8(connection.to_id));
      if (connection.description) edge.set_description(to_utf8(*connection.description));
    }
  }
  return proto;
}

Topology from_proto(const node_service::Topology& proto) {
  Topology topology;
  for (const auto& [id, device] : proto.nodes()) topology.nodes.emplace(id, from_proto(device));
  for (const auto& [id, edges] : proto.peer_graph()) {
    auto& connections = topology.connections[id];
    for (const auto& edge : edges.connections()) {
      connections.push_back({.to_id = edge.to_id(), .description = std::nullopt});
      if (edge.has_description()) connections.back().description = edge.description();
    }
  }
  return topology;
}

}  // namespace exocast
