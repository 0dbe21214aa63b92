// SPDX-License-Identifier: Apache-2.0
#include <limits>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "exocast/metrics.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

LatencyHistogram some_latencies() {
  LatencyHistogram histogram;
  for (const Duration latency : std::vector<Duration>{1us, 1'024ns, 2ms, 2ms, 5min}) histogram.record(latency);
  return histogram;
}

Gauge risen_to_9_and_fallen_to_4() {
  Gauge gauge;
  gauge.set(9);
  gauge.set(4);
  return gauge;
}

std::vector<MetricFamily> one_of_each() {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  return {
      {"retries_total", "Messages sent again.", MetricKind::counter, {{{}, std::uint64_t{3}}}},
      {"queued", "Waiting.", MetricKind::gauge, {{{{"class", "bulk"}, {"peer", "n1"}}, risen_to_9_and_fallen_to_4()}}},
      {"age_ms", "Age.", MetricKind::gauge, {{{{"peer", "a"}}, 0.125}, {{{"peer", "b"}}, -infinite}}},
      {"ack_ms",
       "Latency.",
       MetricKind::histogram,
       {{{{"peer", "n1"}}, std::make_shared<const LatencyHistogram>(some_latencies())}}},
  };
}

TEST(MetricsText, PrometheusHasEveryKindAsTheFormatWantsIt) {
  const std::string text = to_prometheus(one_of_each());
  EXPECT_THAT(text, testing::StartsWith(R"(# HELP exocast_retries_total Messages sent again.
# TYPE exocast_retries_total counter
exocast_retries_total 3
# HELP exocast_queued Waiting.
# TYPE exocast_queued gauge
exocast_queued{class="bulk",peer="n1"} 4
# HELP exocast_queued_peak The highest since the start: Waiting.
# TYPE exocast_queued_peak gauge
exocast_queued_peak{class="bulk",peer="n1"} 9
# HELP exocast_age_ms Age.
# TYPE exocast_age_ms gauge
exocast_age_ms{peer="a"} 0.125
exocast_age_ms{peer="b"} -Inf
# HELP exocast_ack_ms Latency.
# TYPE exocast_ack_ms histogram
exocast_ack_ms_bucket{peer="n1",le="0.001023"} 1
exocast_ack_ms_bucket{peer="n1",le="0.002047"} 2
)"));
  EXPECT_THAT(text, HasSubstr("exocast_ack_ms_bucket{peer=\"n1\",le=\"1.048575\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("exocast_ack_ms_bucket{peer=\"n1\",le=\"2.097151\"} 4\n"));
  EXPECT_THAT(text, EndsWith(R"(exocast_ack_ms_bucket{peer="n1",le="68719.476735"} 4
exocast_ack_ms_bucket{peer="n1",le="+Inf"} 5
exocast_ack_ms_sum{peer="n1"} 300004.002024
exocast_ack_ms_count{peer="n1"} 5
)"));
}

TEST(MetricsText, AHistogramWithoutLabelsHasTheBucketsOnly) {
  const auto histogram = std::make_shared<const LatencyHistogram>();
  const std::string text = to_prometheus({{"a", "", MetricKind::histogram, {{{}, histogram}}}}, "");
  EXPECT_THAT(text, HasSubstr("\na_bucket{le=\"0.001023\"} 0\n"));
  EXPECT_THAT(text, EndsWith("\na_bucket{le=\"+Inf\"} 0\na_sum 0\na_count 0\n"));
}

TEST(MetricsText, NothingIsAnEmptyText) {
  EXPECT_EQ(to_prometheus({}), "");
  EXPECT_EQ(to_json(std::vector<MetricFamily>()).dump(), "[]");
}

TEST(MetricsText, WhatAStrangerCalledItselfCannotBreakTheFormat) {
  const std::string peer = "a\"} 7\n# TYPE \\evil";
  const std::string text =
      to_prometheus({{"a", "one\ntwo \\ \"three\"", MetricKind::counter, {{{{"peer", peer}}, 1UL}}}});
  EXPECT_EQ(text,
            "# HELP exocast_a one\\ntwo \\\\ \"three\"\n"
            "# TYPE exocast_a counter\n"
            "exocast_a{peer=\"a\\\"} 7\\n# TYPE \\\\evil\"} 1\n");
}

TEST(MetricsText, LargeNumbersAreExact) {
  const std::string text = to_prometheus({{"a", "", MetricKind::counter, {{{}, UINT64_MAX}}}});
  EXPECT_THAT(text, EndsWith(" 18446744073709551615\n"));
}

TEST(MetricsText, BucketsOnlyGrowUpToTheCount) {
  std::istringstream lines(to_prometheus(one_of_each()));
  std::uint64_t last = 0;
  std::size_t buckets = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("exocast_ack_ms_bucket")) continue;
    const std::uint64_t count = std::stoull(line.substr(line.rfind(' ')));
    EXPECT_GE(count, last);
    last = count;
    ++buckets;
  }
  EXPECT_EQ(buckets, 28U);
  EXPECT_EQ(last, 5U);
}

TEST(MetricsText, JsonHasEveryKind) {
  const nlohmann::ordered_json json = to_json(one_of_each());
  EXPECT_EQ(json[0].dump(), R"({"name":"retries_total","kind":"counter","help":"Messages sent again.",)"
                            R"("series":[{"labels":{},"value":3}]})");
  EXPECT_EQ(json[1]["series"].dump(), R"([{"labels":{"class":"bulk","peer":"n1"},"value":4,"peak":9}])");
  EXPECT_EQ(json[2]["series"].dump(),
            R"([{"labels":{"peer":"a"},"value":0.125},{"labels":{"peer":"b"},"value":null}])");
  const nlohmann::ordered_json& latencies = json[3]["series"][0];
  EXPECT_EQ(latencies["count"], 5);
  EXPECT_EQ(latencies["min_ms"], 0.001);
  EXPECT_EQ(latencies["max_ms"], 300'000.0);
  EXPECT_NEAR(latencies["p50_ms"].get<double>(), 2, 2 * LatencyHistogram::error_max);
  EXPECT_EQ(latencies["p999_ms"], 300'000.0);
  std::vector<std::string> keys;
  for (const auto& [key, value] : latencies.items()) keys.push_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"labels", "count", "sum_ms", "min_ms", "p50_ms", "p90_ms", "p99_ms",
                                            "p999_ms", "max_ms"}));
}

TEST(MetricsText, ARegistryCanBePrinted) {
  Metrics metrics;
  const std::string text = to_prometheus(metrics.snapshot());
  EXPECT_THAT(text, HasSubstr("\nexocast_metrics_series 2\n"));
  EXPECT_THAT(text, Not(HasSubstr("_peak"))) << "what a function says has no peak";
  EXPECT_EQ(to_json(metrics.snapshot())[1]["series"][0]["value"], 2);
}

}  // namespace
}  // namespace exocast
