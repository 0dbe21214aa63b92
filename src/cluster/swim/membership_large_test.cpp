// SPDX-License-Identifier: Apache-2.0
// A thousand nodes: they find each other, some die and some join, the network partitions and heals. In the end all
// agree, and no node that can be reached is gone for another.
#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "testing/cluster/sim_cluster.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using enum MemberState;

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr std::size_t usual_count = 200;  // the work grows with the square, and sanitizers are ten times slower
#else
constexpr std::size_t usual_count = 1000;
#endif

/// The number in EXOCAST_NODES, if set.
std::size_t node_count() {
  const char* given = std::getenv("EXOCAST_NODES");
  return given != nullptr ? std::max<std::size_t>(std::strtoul(given, nullptr, 10), 20) : usual_count;
}

/// Whether every node counts at most `dead` gone members.
bool gone_at_most(const SimCluster& cluster, std::size_t dead) {
  return std::ranges::all_of(cluster.nodes,
                             [&](const auto& node) { return !node->runs() || node->membership->count(gone) <= dead; });
}

TEST(MembershipLargeLong, AThousandNodesAgreeAfterChurnAndAPartition) {
  const std::size_t count = node_count();
  constexpr std::size_t dead = 10;
  const std::size_t cut_off = count / 4;
  SimCluster cluster(1);
  Random random = cluster.loop.random("large");
  for (std::size_t i = 0; i < count; ++i) {
    cluster.add();
    if (i > 0) cluster.join(i, random.below(i));
  }
  bool all_true = true;  // no node has counted more gone members than were killed or cut off
  const auto agreed = [&] { return cluster.all_healthy(); };
  const auto agreed_but = [&](std::size_t most) {
    return [&, most] { return (all_true = all_true && gone_at_most(cluster, most)) && cluster.all_healthy(); };
  };
  std::printf("all know all after %ld ms\n", cluster.until(agreed_but(0), 30s) / 1ms);
  ASSERT_TRUE(agreed() && all_true);

  for (std::size_t i = 0; i < dead; ++i) cluster.kill(i * (count / dead));
  std::printf("%zu killed: gone after %ld ms\n", dead, cluster.until(agreed_but(dead), 30s) / 1ms);
  ASSERT_TRUE(agreed() && all_true);

  for (std::size_t i = 0; i < count; ++i) {
    if (!cluster.nodes[i]->runs()) {
      cluster.start(i);
      cluster.join(i, (i + 1) % count);
    }
    cluster.nodes[i]->machine->set_group(i < cut_off ? 1 : 0);
  }
  cluster.pass(5s);
  EXPECT_GE(cluster.nodes[1]->membership->count(gone), (count - cut_off) * 8 / 10);
  EXPECT_TRUE(gone_at_most(cluster, count - cut_off)) << "only those that are cut off";
  cluster.network.heal();
  std::printf("healed: agreed after %ld ms\n", cluster.until(agreed, 60s) / 1ms);
  ASSERT_TRUE(agreed());
  cluster.pass(1s);
  ASSERT_TRUE(agreed()) << "and it stays so";
}

}  // namespace
}  // namespace exocast
