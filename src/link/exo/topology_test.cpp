// SPDX-License-Identifier: Apache-2.0
#include "link/exo/topology.h"

#include <gtest/gtest.h>

#include "message/proto/node_service.pb.h"

namespace exocast {
namespace {

TEST(Topology, GoesThroughProtobufUnchanged) {
  Topology topology;
  topology.nodes["n1"] = {.model = "Model", .chip = "Chip", .memory_mb = 24105, .flops = {1.5, 3, 6}};
  topology.nodes["n2"] = {};
  topology.connections["n1"] = {{"n2", "eth0"}, {"n3", std::nullopt}, {"n4", ""}};
  topology.connections["n2"] = {};
  EXPECT_EQ(from_proto(to_proto(topology)), topology);
  EXPECT_EQ(from_proto(to_proto(Topology())), Topology());
}

TEST(Topology, KeepsTheFieldsOfExo) {
  Topology topology;
  topology.nodes["n1"] = {.model = "Model", .chip = "Chip", .memory_mb = 7, .flops = {1, 2, 3}};
  topology.connections["n1"] = {{"n2", "MAN"}};
  const node_service::Topology proto = to_proto(topology);
  const auto& device = proto.nodes().at("n1");
  EXPECT_EQ(device.model(), "Model");
  EXPECT_EQ(device.chip(), "Chip");
  EXPECT_EQ(device.memory(), 7);
  EXPECT_EQ(device.flops().fp32(), 1);
  EXPECT_EQ(device.flops().fp16(), 2);
  EXPECT_EQ(device.flops().int8(), 3);
  EXPECT_EQ(proto.peer_graph().at("n1").connections(0).to_id(), "n2");
  EXPECT_EQ(proto.peer_graph().at("n1").connections(0).description(), "MAN");
}

TEST(Topology, RepairsTextThatProtobufWouldNotLetThrough) {
  Topology topology;
  topology.nodes["n\xff"] = {.model = "\xff", .chip = "", .memory_mb = 0, .flops = {}};
  topology.connections["n\xff"] = {{"\xff", "\xff"}};
  const std::string bytes = to_proto(topology).SerializeAsString();
  node_service::Topology parsed;
  ASSERT_TRUE(parsed.ParseFromString(bytes));
  EXPECT_EQ(parsed.nodes().count("n\xef\xbf\xbd"), 1U);
}

}  // namespace
}  // namespace exocast
