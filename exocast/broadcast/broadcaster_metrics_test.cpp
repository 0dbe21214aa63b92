// SPDX-License-Identifier: Apache-2.0
#include "exocast/broadcast/broadcaster_metrics.h"

#include <gtest/gtest.h>

#include "exocast/broadcast/sim_network_test_support.h"
#include "exocast/message/metrics_text.h"
#include "exocast/runtime/sim.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

TEST(BroadcasterMetrics, EveryLineAndEveryEndOfEveryPeerHasItsSeries) {
  SimLoop loop(1);
  SimNetwork network(loop);
  network.add({.there = 2ms});
  network.add({.fate = SimFate::refused, .refusal = {"RESOURCE_EXHAUSTED", "full"}});
  network.add_unlinked("no link");
  network.add(sim_always({}), {.message_bytes_max = 1});
  Broadcaster broadcaster(loop, network.roster());
  Metrics metrics;
  const auto registered = register_metrics(metrics, broadcaster);
  for (const auto& registration : registered) EXPECT_EQ(registration.refusal(), "");
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

}  // namespace
}  // namespace exocast
