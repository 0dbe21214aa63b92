// SPDX-License-Identifier: Apache-2.0
// What the presets wan and loopback promise, on their kinds of networks; membership_test.cpp has lan.
#include <gtest/gtest.h>

#include "testing/cluster/sim_cluster.h"
#include "testing/for_each_seed.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using enum MemberState;

struct Promise {
  const char* name;
  MembershipOptions options;
  SimClusterOptions network;
  Duration suspect;
  Duration gone;
  Duration pause;  // is not noticed; 0: no promise
};

const Promise wan = {.name = "wan",
                     .options = MembershipOptions::wan(),
                     .network = {.delay_min = 50ms, .delay_max = 150ms},
                     .suspect = 8s,
                     .gone = 20s,
                     .pause = 2s};
const Promise lossy = {.name = "lossy_wan",
                       .options = MembershipOptions::wan(),
                       .network = {.delay_min = 50ms, .delay_max = 150ms, .loss = 0.03},
                       .suspect = 8s,
                       .gone = 20s,
                       .pause = 0s};
const Promise loopback = {.name = "loopback",
                          .options = MembershipOptions::loopback(),
                          .network = {.delay_min = 10us, .delay_max = 100us},
                          .suspect = 1s,
                          .gone = 2s,
                          .pause = 200ms};

class MembershipPreset : public testing::TestWithParam<std::tuple<const Promise*, std::size_t>> {
 protected:
  const Promise& promise = *std::get<0>(GetParam());
  const std::size_t count = std::get<1>(GetParam());

  /// Runs histories of settled clusters.
  template <class Fn>
  void for_histories(Fn&& fn) {
    for_each_seed(1, count > 8 ? 5 : 40, [&](std::uint64_t seed) {
      SimCluster cluster(seed, promise.network, promise.options);
      cluster.make(count);
      cluster.pass(cluster.loop.random("when").between(4 * promise.options.period, 8 * promise.options.period));
      fn(cluster);
    });
  }
};
std::string name_of(const testing::TestParamInfo<MembershipPreset::ParamType>& test) {
  return std::string(std::get<0>(test.param)->name) + std::to_string(std::get<1>(test.param));
}
INSTANTIATE_TEST_SUITE_P(Of, MembershipPreset,
                         testing::Combine(testing::Values(&wan, &loopback), testing::Values(2, 8, 32)), name_of);
// Two nodes alone may take longer: there is no third one to probe.
INSTANTIATE_TEST_SUITE_P(Lossy, MembershipPreset, testing::Combine(testing::Values(&lossy), testing::Values(8, 32)),
                         name_of);

TEST_P(MembershipPreset, AKilledNodeIsSuspectAndGoneInTime) {
  for_histories([&](SimCluster& cluster) {
    cluster.kill(0);
    const auto suspected =
        cluster.until([&] { return cluster.everywhere(0, suspect) || cluster.everywhere(0, gone); }, promise.suspect);
    ASSERT_LT(suspected, promise.suspect) << cluster.describe();
    const auto ended = cluster.until([&] { return cluster.everywhere(0, gone); }, promise.gone - suspected);
    ASSERT_LT(suspected + ended, promise.gone) << cluster.describe();
  });
}

TEST_P(MembershipPreset, NobodyWhoIsThereIsGone) {
  for_histories([&](SimCluster& cluster) {
    std::uint64_t seen_gone = 0;
    for (int i = 0; i < 100; ++i) {
      cluster.pass(promise.options.period);
      for (const auto& node : cluster.nodes) seen_gone += node->membership->count(gone);
    }
    ASSERT_EQ(seen_gone, 0U) << cluster.describe();
  });
}

TEST_P(MembershipPreset, PausesOfAnyNodesGoUnnoticed) {
  if (promise.pause == 0s) GTEST_SKIP() << "what is lost may be the answer after the pause";
  for_histories([&](SimCluster& cluster) {
    const std::uint64_t before = cluster.sum(&MembershipMetrics::suspicions);
    Random random = cluster.loop.random("pauses");
    for (int i = 0; i < 20; ++i) {
      SimMachine& machine = *cluster.nodes[random.below(count)]->machine;
      machine.stop();
      cluster.pass(promise.pause);
      machine.go_on();
      cluster.pass(random.between(0ms, promise.pause));
    }
    ASSERT_EQ(cluster.sum(&MembershipMetrics::suspicions), before) << cluster.describe();
  });
}

}  // namespace
}  // namespace exocast
