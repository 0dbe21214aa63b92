// SPDX-License-Identifier: Apache-2.0
#include "broadcast/broadcaster_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "exocast/metrics.h"
#include "testing/broadcast/sim_network.h"
#include "testing/sim_loop.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

TEST(BroadcasterMetrics, EveryLineAndEveryEndOfEveryPeerHasItsSeries) {
  SimLoop loop(1);
  SimNetwork network(loop);
  network.add({.there = 2ms});
  network.add({.fate = SimFate::refused, .refusal = Status::resource_exhausted("full")});
  network.add_unlinked("no link");
  network.add(sim_always({}), {.message_bytes_max = 1});
  Metrics metrics;
  Broadcaster broadcaster(loop, network.roster(), {.metrics = &metrics});
  EXPECT_EQ(metrics.refused_total(), 0U);
  EXPECT_TRUE(loop.run(broadcaster.broadcast(message_named("m"))).ok());
  const std::string text = to_prometheus(metrics.snapshot());
  for (const char* line :
       {"broadcasts_total 1\n", "broadcasts 0\n", R"(lane_messages_total{end="delivered",peer="p0"} 1)",
        R"(lane_messages_total{end="failed",peer="p1"} 1)", R"(lane_messages_total{end="skipped",peer="p2"} 1)",
        R"(lane_messages_total{end="too_large",peer="p3"} 1)", R"(lane_circuit_open{peer="p0"} 0)",
        R"(lane_retries_total{peer="p1"} 0)", R"(lane_queued_messages{class="control",peer="p1"} 0)",
        R"(lane_state{peer="p0"} 0)", R"(lane_latency_ms_count{peer="p0"} 1)"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
}

std::string text_of(const Metrics& metrics) { return to_prometheus(metrics.snapshot()); }

TEST(BroadcasterMetrics, SeriesComeAndGoWithTheReceiversWhoStaysKeepsItsNumbers) {
  SimLoop loop(1);
  SimNetwork network(loop);
  network.add(3, {});
  Metrics metrics;
  const std::size_t of_nobody = metrics.series();
  {
    Broadcaster broadcaster(loop, network.roster({0, 1}), {.metrics = &metrics});
    EXPECT_TRUE(loop.run(broadcaster.broadcast(message_named("m"))).ok());
    broadcaster.set_roster(network.roster({2, 0}, 1));
    EXPECT_THAT(text_of(metrics), HasSubstr(R"(lane_messages_total{end="delivered",peer="p0"} 1)"));
    EXPECT_THAT(text_of(metrics), HasSubstr(R"(lane_messages_total{end="delivered",peer="p2"} 0)"));
    EXPECT_THAT(text_of(metrics), Not(HasSubstr("p1")));
    network.relink(0);
    broadcaster.set_roster(network.roster({0}, 2));
    EXPECT_THAT(text_of(metrics), HasSubstr(R"(lane_messages_total{end="delivered",peer="p0"} 0)"));
    EXPECT_EQ(metrics.refused_total(), 0U) << "no series is there twice";
  }
  EXPECT_EQ(metrics.series(), of_nobody);
}

}  // namespace
}  // namespace exocast
