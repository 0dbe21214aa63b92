// SPDX-License-Identifier: Apache-2.0
// Random histories of small clusters: once the faults are over all nodes agree; and under the conditions of the lan
// preset no healthy node is ever gone. EXOCAST_SEEDS=100000 sets their number; a failure prints the command that
// replays it.
#include <gtest/gtest.h>

#include "testing/cluster/sim_cluster.h"
#include "testing/for_each_seed.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using enum MemberState;

/// A random history: nodes die, restart, leave, stop or are disconnected; the network partitions and loses datagrams.
class Life {
 public:
  explicit Life(std::uint64_t seed) : cluster(seed), random_(cluster.loop.random("life")) {
    cluster.make(2 + random_.below(7));
  }

  /// One random event, and a random time after it.
  void step() {
    const std::size_t index = random_.below(cluster.nodes.size());
    SimMachine& machine = *cluster.nodes[index]->machine;
    switch (random_.below(9)) {
      case 0:
        cluster.kill(index);
        break;
      case 1:
        begin(index);
        break;
      case 2:
        if (cluster.nodes[index]->runs() && !machine.is_stopped()) leave(index);
        break;
      case 3:
        machine.is_stopped() ? machine.go_on() : machine.stop();
        break;
      case 4:
        machine.set_down(!machine.is_down());
        break;
      case 5:
        for (const auto& node : cluster.nodes) node->machine->set_group(static_cast<int>(random_.below(2)));
        break;
      case 6:
        cluster.network.heal();
        break;
      case 7:
        cluster.network.set_options({.delay_max = random_.between(1ms, 100ms), .loss = 0.3, .repeated = 0.2});
        break;
      default:
        cluster.network.set_options({});
    }
    cluster.pass(random_.between(0ms, random_.chance(0.2) ? Duration(5s) : Duration(500ms)));
  }

  /// Ends all faults; every running node is found by another, as by a discovery.
  void heal() {
    cluster.network.heal();
    cluster.network.set_options({});
    for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
      cluster.nodes[i]->machine->set_down(false);
      cluster.nodes[i]->machine->go_on();
    }
    for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
      if (cluster.nodes[i]->runs()) find(i);
    }
  }

  SimCluster cluster;

 private:
  void begin(std::size_t index) {
    if (cluster.nodes[index]->runs()) return;
    cluster.start(index);
    find(index);
  }

  void find(std::size_t index) {
    for (std::size_t to = 0; to < cluster.nodes.size(); ++to) {
      if (to != index && cluster.nodes[to]->runs()) cluster.join(index, to);
    }
  }

  void leave(std::size_t index) {
    cluster.nodes[index]->machine->enter();
    cluster.loop.run(cluster.nodes[index]->membership->leave(Deadline::after(cluster.loop.now(), 50ms)));
    cluster.nodes[index]->membership.reset();
  }

  Random random_;
};

TEST(MembershipHistoryLong, OnceItIsOverAllAgree) {
  for_each_seed(1, 1000, [](std::uint64_t seed) {
    Life life(seed);
    for (int i = 0; i < 12; ++i) life.step();
    life.heal();
    SimCluster& cluster = life.cluster;
    const auto agreed = [&] {
      for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
        if (cluster.nodes[i]->runs() && !cluster.everywhere(i, healthy)) return false;
      }
      return cluster.all_healthy();
    };
    cluster.until(agreed, 10s);
    ASSERT_TRUE(agreed()) << "10 s after it was over\n" << cluster.describe();
    cluster.pass(1s);
    ASSERT_TRUE(agreed()) << "and it stays so\n" << cluster.describe();
  });
}

TEST(MembershipHistoryLong, HalvesOfACutClusterFindEachOtherAgainOnTheirOwn) {
  for_each_seed(1, 300, [](std::uint64_t seed) {
    SimCluster cluster(seed);
    Random random = cluster.loop.random("halves");
    cluster.make(2 + random.below(9));
    for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
      cluster.nodes[i]->machine->set_group(i < 1 + random.below(cluster.nodes.size() - 1) ? 1 : 0);
    }
    cluster.pass(random.between(1s, 50s));
    cluster.network.heal();
    cluster.until([&] { return cluster.all_healthy(); }, 5s);
    ASSERT_TRUE(cluster.all_healthy()) << cluster.describe();
  });
}

TEST(MembershipHistoryLong, NoNodeThatPausesFor200MillisecondsAtMostIsEverGoneWhileOthersComeAndGo) {
  for_each_seed(1, 300, [](std::uint64_t seed) {
    SimCluster cluster(seed);
    Random random = cluster.loop.random("churn");
    cluster.make(3 + random.below(6));
    const auto none_is_gone = [&] {
      for (std::size_t i = 0; i < cluster.nodes.size(); ++i) {
        for (std::size_t of = 0; of < cluster.nodes.size(); ++of) {
          if (!cluster.nodes[i]->runs() || !cluster.nodes[of]->runs()) continue;
          const auto view = cluster.view(i, of);
          if (view && view->session == cluster.nodes[of]->session && view->state != healthy) return false;
        }
      }
      return true;
    };
    for (int i = 0; i < 20; ++i) {
      const std::size_t index = random.below(cluster.nodes.size());
      SimMachine& machine = *cluster.nodes[index]->machine;
      if (!cluster.nodes[index]->runs()) {
        cluster.start(index);
        cluster.join(index, (index + 1) % cluster.nodes.size());
      } else if (random.chance(0.3)) {
        cluster.kill(index);
      }
      machine.stop();
      cluster.pass(random.between(0ms, 200ms));
      machine.go_on();
      ASSERT_TRUE(none_is_gone()) << cluster.describe();
      cluster.pass(random.between(0ms, 400ms));
      ASSERT_TRUE(none_is_gone()) << cluster.describe();
    }
  });
}

}  // namespace
}  // namespace exocast
