// SPDX-License-Identifier: Apache-2.0
// What the lan preset promises on a quiet network, for small and larger clusters, each in many random histories.
#include "cluster/swim/membership.h"

#include <gtest/gtest.h>

#include "testing/cluster/sim_cluster.h"
#include "testing/for_each_seed.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using enum MemberState;

class MembershipOf : public testing::TestWithParam<std::size_t> {
 protected:
  /// Fewer histories for larger clusters.
  template <class Fn>
  static void for_histories(Fn&& fn) {
    for_each_seed(1, GetParam() > 8 ? 5 : 50, std::forward<Fn>(fn));
  }
};
INSTANTIATE_TEST_SUITE_P(Nodes, MembershipOf, testing::Values(2, 3, 8, 64), testing::PrintToStringParamName());

TEST_P(MembershipOf, AKilledNodeIsSuspectWithinASecondAndGoneWithinThree) {
  for_histories([](std::uint64_t seed) {
    SimCluster cluster(seed);
    cluster.make(GetParam());
    cluster.pass(cluster.loop.random("when").between(1s, 2s));
    cluster.kill(0);
    const auto suspected = cluster.until([&] { return cluster.everywhere(0, suspect); }, 1s);
    ASSERT_TRUE(cluster.everywhere(0, suspect)) << "after 1 s";
    cluster.until([&] { return cluster.everywhere(0, gone); }, 3s - suspected);
    ASSERT_TRUE(cluster.everywhere(0, gone)) << "after 3 s";
    ASSERT_TRUE(cluster.all_healthy()) << "the others";
  });
}

TEST_P(MembershipOf, AStoppedNodeIsSuspectWithinASecondAndGoneWithinThreeAndBackASecondAfterItGoesOn) {
  for_histories([](std::uint64_t seed) {
    SimCluster cluster(seed);
    cluster.make(GetParam());
    Random random = cluster.loop.random("when");
    for (const Duration stopped : {Duration(700ms), Duration(1500ms), Duration(3s), Duration(20s)}) {
      cluster.pass(random.between(1s, 2s));
      cluster.nodes[1]->machine->stop();
      cluster.pass(std::min<Duration>(stopped, 1s));
      if (stopped > 1s) {
        ASSERT_TRUE(cluster.everywhere(1, suspect)) << "after 1 s";
      }
      cluster.pass(std::max<Duration>(stopped - 1s, 0s));
      if (stopped >= 3s) {
        ASSERT_TRUE(cluster.everywhere(1, gone)) << "after 3 s";
      }
      cluster.nodes[1]->machine->go_on();
      cluster.pass(1s);
      ASSERT_TRUE(cluster.all_healthy()) << "1 s after it went on, stopped for "
                                         << std::chrono::duration<double>(stopped).count() << " s";
    }
  });
}

TEST_P(MembershipOf, PausesOf200MillisecondsOfAnyNodesGoUnnoticed) {
  for_histories([](std::uint64_t seed) {
    SimCluster cluster(seed);
    cluster.make(GetParam());
    Random random = cluster.loop.random("pauses");
    for (int i = 0; i < 30; ++i) {
      std::vector<SimMachine*> paused;
      for (std::uint64_t left = 1 + random.below(3); left > 0; --left) {
        paused.push_back(cluster.nodes[random.below(cluster.nodes.size())]->machine);
        paused.back()->stop();
      }
      cluster.pass(200ms);
      for (SimMachine* machine : paused) machine->go_on();
      cluster.pass(random.between(0ms, 300ms));
    }
    ASSERT_EQ(cluster.sum(&MembershipMetrics::suspicions), 0U);
    ASSERT_TRUE(cluster.all_healthy());
  });
}

TEST_P(MembershipOf, ANodeWithoutItsCableIsGoneAndBackASecondAfterItIsPluggedIn) {
  for_histories([](std::uint64_t seed) {
    SimCluster cluster(seed);
    cluster.make(GetParam());
    cluster.nodes[1]->machine->set_down(true);
    cluster.pass(3s);
    ASSERT_TRUE(cluster.everywhere(1, gone)) << cluster.describe();
    cluster.pass(cluster.loop.random("when").between(1s, 50s));
    cluster.nodes[1]->machine->set_down(false);
    cluster.pass(1s);
    ASSERT_TRUE(cluster.everywhere(1, healthy)) << cluster.describe();
    cluster.pass(1s);  // it suspected all others, and all refute at the same time
    ASSERT_TRUE(cluster.all_healthy()) << cluster.describe();
  });
}

TEST_P(MembershipOf, ANodeThatLeavesHasLeftEverywhereAtOnceAndIsNotAskedAgain) {
  for_histories([](std::uint64_t seed) {
    SimCluster cluster(seed);
    cluster.make(GetParam());
    cluster.loop.run(cluster.nodes[0]->membership->leave(Deadline::after(cluster.loop.now(), 1s)));
    cluster.pass(20ms);
    cluster.nodes[0]->membership.reset();
    ASSERT_TRUE(cluster.everywhere(0, left));
    cluster.pass(59s);
    ASSERT_EQ(cluster.nodes[1]->membership->metrics().suspicions, 0U);
    ASSERT_TRUE(cluster.everywhere(0, left));
    cluster.pass(2s);
    ASSERT_FALSE(cluster.view(1, 0).has_value()) << "forgotten after a minute";
  });
}

TEST_P(MembershipOf, ANodeThatStartsAgainReplacesItsFormerSelfAtOnce) {
  for_histories([](std::uint64_t seed) {
    SimCluster cluster(seed);
    cluster.make(GetParam());
    cluster.kill(1);
    cluster.pass(cluster.loop.random("down").between(0ms, 2s));
    cluster.start(1);
    cluster.join(1, 0);
    cluster.pass(1s);
    ASSERT_TRUE(cluster.all_healthy()) << cluster.describe();
    ASSERT_TRUE(cluster.everywhere(1, healthy)) << "in its new session\n" << cluster.describe();
  });
}

TEST_P(MembershipOf, ACostThatDoesNotGrowWithTheCluster) {
  SimCluster cluster(1);
  cluster.make(GetParam());
  cluster.pass(30s);
  std::vector<std::uint64_t> before;
  for (const auto& node : cluster.nodes) before.push_back(node->machine->sent() + node->machine->received());
  cluster.pass(60s);
  for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
    const SimMachine& machine = *cluster.nodes[i]->machine;
    EXPECT_LE((machine.sent() + machine.received() - before[i]) / 60, 60U) << "datagrams a second of node " << i;
  }
  EXPECT_EQ(cluster.sum(&MembershipMetrics::suspicions), 0U);
}

TEST(Membership, EightNodesKnowEachOtherWithinTwoSeconds) {
  for_each_seed(1, 100, [](std::uint64_t seed) {
    SimCluster cluster(seed);
    for (std::size_t i = 0; i < 8; ++i) cluster.add();
    for (std::size_t i = 1; i < 8; ++i) cluster.join(i, i - 1);
    cluster.pass(2s);
    ASSERT_TRUE(cluster.all_healthy());
    const auto member = cluster.view(0, 7);
    ASSERT_TRUE(member && member->capabilities);
    ASSERT_EQ(member->capabilities->model, "model of n7");
    ASSERT_EQ(member->kind, NodeKind::exocast);
  });
}

TEST(Membership, WhomALinkHasHeardIsNotSuspected) {
  SimCluster cluster(1);
  cluster.make(2);
  cluster.nodes[1]->machine->set_down(true);
  for (int i = 0; i < 50; ++i) {
    cluster.pass(100ms);
    cluster.nodes[0]->machine->enter();
    cluster.nodes[0]->membership->heard_from("n1");
  }
  EXPECT_EQ(cluster.view(0, 1)->state, healthy);
  cluster.pass(1s);
  EXPECT_EQ(cluster.view(0, 1)->state, suspect);
}

TEST(Membership, ChangesAreToldAndNothingElse) {
  SimCluster cluster(1);
  cluster.make(3);
  const std::size_t before = cluster.nodes[0]->changes;
  EXPECT_GE(before, 2U);
  cluster.pass(30s);
  EXPECT_EQ(cluster.nodes[0]->changes, before);
  cluster.kill(2);
  cluster.pass(3s);
  EXPECT_EQ(cluster.nodes[0]->changes, before + 2) << "suspect, gone";
}

}  // namespace
}  // namespace exocast
