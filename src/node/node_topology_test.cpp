// SPDX-License-Identifier: Apache-2.0
// The topology of nodes on loopback, over real connections.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/topology_collector.h"
#include "exocast/node.h"
#include "testing/node/running_node.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

TEST(NodeTopology, IsCollectedFromAllThatAnswer) {
  const Peer far = {"far", {"192.0.2.1", 1}, std::nullopt};  // no node is there, and none is asked
  const auto a = started({.id = "a", .listen = PeerAddress{"127.0.0.1", 0}, .peers = {far}});
  const auto b = started({.id = "b", .listen = PeerAddress{"127.0.0.1", 0}});
  PeerAddress of_nobody;
  {
    const auto ended = started({.id = "ended", .listen = PeerAddress{"127.0.0.1", 0}});
    of_nobody = *ended->address();
  }
  const std::vector<Peer> peers = {
      {"a", *a->address(), std::nullopt}, {"b", *b->address(), std::nullopt}, {"ended", of_nobody, std::nullopt}};
  const auto asker = started({.id = "asker", .peers = peers});
  const auto collected = asker->loop().run(asker->collect_topology(20s));
  ASSERT_TRUE(collected.ok());
  ASSERT_EQ(collected->outcomes.size(), 3U);
  EXPECT_EQ(collected->outcomes[0].outcome, PeerOutcome::answered) << collected->outcomes[0].error;
  EXPECT_EQ(collected->outcomes[1].outcome, PeerOutcome::answered) << collected->outcomes[1].error;
  EXPECT_EQ(collected->outcomes[2].outcome, PeerOutcome::failed);
  EXPECT_EQ(collected->outcomes[2].code, StatusCode::unavailable);
  EXPECT_GT(collected->topology.nodes.at("a").memory_mb, 0);
  EXPECT_EQ(collected->topology.connections.at("asker").size(), 3U);
  EXPECT_EQ(collected->topology.connections.at("a"), (std::vector<PeerConnection>{{"far", "MAN"}}));
  EXPECT_EQ(collected->heard_of, std::vector<std::string>{"far"});
}

}  // namespace
}  // namespace exocast
