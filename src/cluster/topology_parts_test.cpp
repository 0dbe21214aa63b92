// SPDX-License-Identifier: Apache-2.0
#include "cluster/topology_parts.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace exocast {
namespace {

const DeviceCapabilities small{.model = "Linux", .chip = "small", .memory_mb = 1024, .flops = {}};
const DeviceCapabilities large{.model = "Linux", .chip = "large", .memory_mb = 65536, .flops = {}};

Member member(std::string id, MemberState state, std::string source) {
  Member member;
  member.id = std::move(id);
  member.state = state;
  member.source = std::move(source);
  return member;
}

TEST(OwnTopology, HasAnEdgeToEachLiveMemberSayingHowItWasFound) {
  std::vector<Member> members = {
      member("a", MemberState::healthy, "lan"), member("b", MemberState::suspect, "file"),
      member("c", MemberState::gone, "lan"),    member("d", MemberState::left, "lan"),
      member("e", MemberState::healthy, "exo"), member("f", MemberState::healthy, "gossip"),
  };
  members[0].capabilities = large;
  members[2].capabilities = large;
  Topology expected;
  expected.nodes = {{"self", small}, {"a", large}};
  expected.connections["self"] = {{"a", "LAN"}, {"b", "MAN"}, {"e", "exo"}, {"f", "gossip"}};
  EXPECT_EQ(own_topology("self", small, members), expected);
}

TEST(OwnTopology, NamesItselfWhenItIsAlone) {
  const Topology alone = own_topology("self", small, {});
  EXPECT_EQ(alone.nodes.at("self"), small);
  EXPECT_TRUE(alone.connections.at("self").empty());
}

TEST(TopologyPart, IsTheNodesOwnAndNothingElse) {
  Topology answer;
  answer.nodes = {{"n1", small}, {"n2", large}, {"n3", large}};
  answer.connections["n1"] = {{"n2", "eth0"}};
  answer.connections["n2"] = {{"n3", std::nullopt}};
  const TopologyPart part = part_of(answer, "n1", 10);
  EXPECT_EQ(part.capabilities, small);
  EXPECT_EQ(part.edges, (std::vector<PeerConnection>{{"n2", "eth0"}}));
  EXPECT_EQ(part.edges_left_out, 0U);
  const TopologyPart of_stranger = part_of(answer, "n9", 10);
  EXPECT_FALSE(of_stranger.capabilities);
  EXPECT_TRUE(of_stranger.edges.empty());
}

TEST(TopologyPart, HasEachEdgeOnce) {
  Topology answer;
  answer.connections["n1"] = {{"n3", "x"}, {"n2", std::nullopt}, {"n3", "x"}, {"n3", "y"}, {"n1", "loop"}};
  EXPECT_EQ(part_of(answer, "n1", 10).edges,
            (std::vector<PeerConnection>{{"n1", "loop"}, {"n2", std::nullopt}, {"n3", "x"}, {"n3", "y"}}));
}

TEST(TopologyPart, OfAHugeAnswerIsBoundedAndSaysSo) {
  Topology answer;
  for (int i = 0; i < 100'000; ++i) {
    const std::string id = "x" + std::to_string(i);
    answer.nodes[id] = large;
    answer.connections[id] = {{"n1", "LAN"}};
    answer.connections["n1"].push_back({id, "LAN"});
  }
  const TopologyPart part = part_of(answer, "n1", 4096);
  EXPECT_EQ(part.edges.size(), 4096U);
  EXPECT_EQ(part.edges_left_out, 100'000U - 4096U);
  EXPECT_FALSE(part.capabilities);
  EXPECT_EQ(part_of(answer, "n1", 0).edges_left_out, 100'000U);
}

TEST(TopologyPart, IsSafeToKeepAndToPrint) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Topology answer;
  answer.nodes["n1"] = {.model = "a\nb", .chip = std::string(5000, 'x'), .memory_mb = -7, .flops = {nan, infinity, -1}};
  answer.connections["n1"] = {
      {"", "no id"}, {"a\x1B[2J", "an escape"}, {std::string(256, 'x'), "long"}, {"ok", std::string(5000, 'y')}};
  const TopologyPart part = part_of(answer, "n1", 10);
  EXPECT_EQ(part.capabilities->model, "a b");
  EXPECT_LT(part.capabilities->chip.size(), 210U);
  EXPECT_EQ(part.capabilities->memory_mb, 0);
  EXPECT_EQ(part.capabilities->flops, DeviceFlops());
  ASSERT_EQ(part.edges.size(), 1U);
  EXPECT_EQ(part.edges[0].to_id, "ok");
  EXPECT_LT(part.edges[0].description->size(), 70U);
  EXPECT_EQ(part.edges_left_out, 3U);
}

TEST(TopologyMerge, PutsAPartInPlaceOfWhatWasKnown) {
  Topology topology;
  topology.nodes["n1"] = small;
  topology.connections["n1"] = {{"old", "LAN"}};
  merge(topology, "n1", {.capabilities = large, .edges = {{"new", "LAN"}}, .edges_left_out = 0});
  EXPECT_EQ(topology.nodes.at("n1"), large);
  EXPECT_EQ(topology.connections.at("n1"), (std::vector<PeerConnection>{{"new", "LAN"}}));
  merge(topology, "n1", {});
  EXPECT_EQ(topology.nodes.at("n1"), large) << "it did not tell of itself: what is known is kept";
  EXPECT_TRUE(topology.connections.at("n1").empty());
}

}  // namespace
}  // namespace exocast
