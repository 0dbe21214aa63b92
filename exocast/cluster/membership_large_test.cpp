// SPDX-License-Identifier: Apache-2.0
// Two hundred nodes: they find each other, some die and some come, the network is cut and healed; all agree in the
// end.
#include <gtest/gtest.h>

#include "exocast/cluster/sim_cluster_test_support.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using enum MemberState;

TEST(MembershipLargeLong, HundredsOfNodesAgreeAfterChurnAndAPartition) {
  constexpr std::size_t count = 200;
  SimCluster cluster(1);
  Random random = cluster.loop.random("large");
  for (std::size_t i = 0; i < count; ++i) {
    cluster.add();
    if (i > 0) cluster.join(i, random.below(i));
  }
  const auto agreed = [&] { return cluster.all_healthy(); };
  std::printf("all know all after %ld ms\n", cluster.until(agreed, 30s) / 1ms);
  ASSERT_TRUE(agreed());

  for (int i = 0; i < 10; ++i) cluster.kill(random.below(count));
  std::printf("10 killed: gone after %ld ms\n", cluster.until(agreed, 30s) / 1ms);
  ASSERT_TRUE(agreed());

  for (std::size_t i = 0; i < count; ++i) {
    if (!cluster.nodes[i]->runs()) {
      cluster.start(i);
      cluster.join(i, (i + 1) % count);
    }
    cluster.nodes[i]->machine->set_group(i < 50 ? 1 : 0);
  }
  cluster.pass(5s);
  EXPECT_GE(cluster.nodes[0]->membership->count(gone), 130U);
  cluster.network.heal();
  std::printf("healed: agreed after %ld ms\n", cluster.until(agreed, 60s) / 1ms);
  ASSERT_TRUE(agreed());
  cluster.pass(1s);
  ASSERT_TRUE(agreed()) << "and it stays so";
}

}  // namespace
}  // namespace exocast
