// SPDX-License-Identifier: Apache-2.0
#include "exocast/metrics.h"

#include <limits>
#include <optional>
#include <type_traits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"

namespace exocast {
namespace {

using testing::HasSubstr;

constexpr MetricName retries = {"retries_total", "Messages sent again."};
constexpr MetricName queued = {"queued_messages", "Messages that wait."};
constexpr MetricName latency = {"latency_ms", "Time to the answer."};

/// The value of a series as a number, or nothing if there is no such series.
std::optional<double> find(const Metrics& metrics, std::string_view name, const MetricLabels& labels = {}) {
  for (const MetricFamily& family : metrics.snapshot()) {
    if (family.name != name) continue;
    for (const MetricSeries& series : family.series) {
      if (series.labels != labels) continue;
      if (const auto* count = std::get_if<std::uint64_t>(&series.value)) return static_cast<double>(*count);
      if (const auto* gauge = std::get_if<Gauge>(&series.value)) return static_cast<double>(gauge->value());
      if (const auto* number = std::get_if<double>(&series.value)) return *number;
      return static_cast<double>(std::get<3>(series.value)->count());
    }
  }
  return std::nullopt;
}

TEST(Metrics, AtFirstThereIsOnlyWhatTheRegistrySaysOfItself) {
  const Metrics metrics;
  EXPECT_EQ(metrics.series(), 2U);
  EXPECT_EQ(find(metrics, "metrics_series"), 2);
  EXPECT_EQ(find(metrics, "metrics_refused_total"), 0);
}

TEST(Metrics, ASnapshotHasTheValuesOfItsMoment) {
  Metrics metrics;
  std::uint64_t count = 0;
  Gauge gauge;
  double age = 0;
  LatencyHistogram histogram;
  const auto registered = {metrics.counter(retries, {}, count), metrics.gauge(queued, {}, gauge),
                           metrics.gauge({"age_ms", ""}, {}, [&age] { return age; }),
                           metrics.counter({"twice_total", ""}, {}, [&count] { return 2 * count; }),
                           metrics.histogram(latency, {}, histogram)};
  for (const auto& each : registered) EXPECT_EQ(each.refusal(), "");
  const std::vector<MetricFamily> before = metrics.snapshot();
  count = std::numeric_limits<std::uint64_t>::max();
  gauge.add(7);
  gauge.add(-4);
  age = 1.5;
  histogram.record(std::chrono::milliseconds(3));
  EXPECT_EQ(find(metrics, "retries_total"), 0x1p64);
  EXPECT_EQ(find(metrics, "queued_messages"), 3);
  EXPECT_EQ(find(metrics, "age_ms"), 1.5);
  EXPECT_EQ(find(metrics, "latency_ms"), 1);
  ASSERT_EQ(before.size(), 7U) << "a value: what happens later does not change it";
  EXPECT_EQ(before[1].name, "latency_ms");
  EXPECT_EQ(std::get<3>(before[1].series[0].value)->count(), 0U);
}

TEST(Metrics, AGaugeRemembersItsPeak) {
  Gauge gauge;
  EXPECT_EQ(gauge.peak(), 0);
  gauge.set(-5);
  EXPECT_EQ(gauge.value(), -5);
  EXPECT_EQ(gauge.peak(), 0);
  gauge.add(12);
  gauge.set(3);
  EXPECT_EQ(gauge.value(), 3);
  EXPECT_EQ(gauge.peak(), 7);
}

TEST(Metrics, WhatIsRegisteredLeavesWithItsRegistration) {
  Metrics metrics;
  std::uint64_t count = 1;
  {
    Metrics::Registration moved_to;
    {
      Metrics::Registration first = metrics.counter(retries, {}, count);
      moved_to = std::move(first);
    }
    EXPECT_EQ(find(metrics, "retries_total"), 1);
    moved_to = metrics.gauge(queued, {}, [] { return 2.0; });
    EXPECT_EQ(find(metrics, "retries_total"), std::nullopt) << "assigned over";
    EXPECT_EQ(find(metrics, "queued_messages"), 2);
    Metrics::Registration& itself = moved_to;
    moved_to = std::move(itself);
    EXPECT_EQ(find(metrics, "queued_messages"), 2);
    Metrics::Registration another(std::move(moved_to));
    another.release();
    another.release();
    EXPECT_EQ(metrics.series(), 2U);
  }
  EXPECT_EQ(metrics.series(), 2U);
  EXPECT_EQ(metrics.counter(queued, {}, count).refusal(), "") << "the name is free again, also for another kind";
}

TEST(Metrics, SeriesAreToldApartByTheirLabelsInWhateverOrder) {
  Metrics metrics;
  const std::uint64_t one = 1;
  const std::uint64_t two = 2;
  const auto a = metrics.counter(retries, {{"peer", "n1"}, {"class", "bulk"}}, one);
  const auto b = metrics.counter(retries, {{"peer", "n2"}, {"class", "bulk"}}, two);
  const auto again = metrics.counter(retries, {{"class", "bulk"}, {"peer", "n1"}}, two);
  EXPECT_EQ(find(metrics, "retries_total", {{"class", "bulk"}, {"peer", "n1"}}), 1);
  EXPECT_EQ(find(metrics, "retries_total", {{"class", "bulk"}, {"peer", "n2"}}), 2);
  EXPECT_EQ(again.refusal(), "retries_total is registered with these labels");
}

struct Case {
  const char* what;
  MetricName name;
  MetricLabels labels;
  const char* refusal;  // a part of it; "" if it is accepted
};

const Case cases[] = {
    {"a plain one", {"a_1", ""}, {{"b_2", "any \"value\"\n"}}, ""},
    {"no name", {"", ""}, {}, "'' is no name for a metric"},
    {"a digit first", {"1a", ""}, {}, "no name for a metric"},
    {"a space", {"a b", ""}, {}, "no name for a metric"},
    {"a line end does not break the line", {"a\nb", ""}, {}, "'a b' is no name for a metric"},
    {"reserved by Prometheus", {"__a", ""}, {}, "no name for a metric"},
    {"a label without a name", {"a", ""}, {{"", "x"}}, "'' is no name for a label"},
    {"the histogram's own label", {"a", ""}, {{"le", "x"}}, "'le' is no name for a label"},
    {"the same label twice", {"a", ""}, {{"b", "x"}, {"c", "x"}, {"b", "y"}}, "the label b is there twice"},
    {"the longest value", {"a", ""}, {{"b", std::string(1024, 'x')}}, ""},
    {"a longer one", {"a", ""}, {{"b", std::string(1025, 'x')}}, "the label b has 1025 bytes, more than 1024"},
    {"another kind", {"latency_ms", ""}, {{"b", "x"}}, "latency_ms is a histogram already"},
    {"a name that a histogram prints", {"latency_ms_count", ""}, {}, "latency_ms_count is taken"},
    {"a name that a gauge prints", {"metrics_series_peak", ""}, {}, "metrics_series_peak is taken"},
};

TEST(Metrics, WhatCannotBeRegisteredIsRefusedWithItsReasonAndCounted) {
  for (const Case& each : cases) {
    Metrics metrics;
    const LatencyHistogram histogram;
    const auto other = metrics.histogram(latency, {}, histogram);
    const std::uint64_t count = 1;
    const auto registered = metrics.counter(each.name, each.labels, count);
    const bool refused = *each.refusal != '\0';
    EXPECT_THAT(registered.refusal(), HasSubstr(each.refusal)) << each.what;
    EXPECT_EQ(registered.refusal().empty(), !refused) << each.what;
    EXPECT_EQ(find(metrics, "metrics_refused_total"), refused ? 1 : 0) << each.what;
    EXPECT_EQ(metrics.series(), refused ? 3U : 4U) << each.what;
  }
}

TEST(Metrics, ANameIsRefusedIfItWouldPrintOneThatIsTaken) {
  Metrics metrics;
  const std::uint64_t count = 1;
  const LatencyHistogram histogram;
  const auto first = metrics.counter({"a_sum", ""}, {}, count);
  EXPECT_EQ(metrics.histogram({"a", ""}, {}, histogram).refusal(), "the name a_sum is taken by another metric");
}

TEST(Metrics, BeyondTheLimitSeriesAreRefusedUntilOthersLeave) {
  Metrics metrics({.series_max = 4});
  const std::uint64_t count = 1;
  auto a = metrics.counter(retries, {{"peer", "a"}}, count);
  auto b = metrics.counter(retries, {{"peer", "b"}}, count);
  const auto c = metrics.counter(retries, {{"peer", "c"}}, count);
  EXPECT_EQ(c.refusal(), "there are 4 series already");
  EXPECT_EQ(metrics.series(), 4U);
  EXPECT_EQ(metrics.refused_total(), 1U);
  a.release();
  EXPECT_EQ(metrics.counter(retries, {{"peer", "c"}}, count).refusal(), "");
}

TEST(Metrics, WhatIsNoTextIsRepaired) {
  Metrics metrics;
  const std::uint64_t count = 1;
  const auto registered = metrics.counter({"a_total", "\xff"}, {{"peer", "\xfe"}}, count);
  EXPECT_EQ(find(metrics, "a_total", {{"peer", "\uFFFD"}}), 1);
  EXPECT_EQ(metrics.snapshot().front().help, "\uFFFD");
}

TEST(Metrics, ANumberThatWouldNotStayIsNotTaken) {
  constexpr auto takes = []<class Number>(std::type_identity<Number>) {
    return requires(Metrics metrics, Number&& number) { metrics.counter(retries, {}, std::forward<Number>(number)); };
  };
  static_assert(takes(std::type_identity<const std::uint64_t&>()));
  static_assert(!takes(std::type_identity<std::uint64_t>()));
  static_assert(!takes(std::type_identity<std::uint32_t&>()), "a copy of it would be made, and gone");
}

// Random registrations and removals, against a model: a map of the registered series.
TEST(Metrics, InAnyOrderOfComingAndGoingItKnowsWhatIsThere) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    Metrics metrics({.series_max = 12});
    std::map<std::pair<std::string, std::string>, Metrics::Registration> there;
    const std::uint64_t values[] = {0, 1, 2};
    for (int step = 0; step < 300; ++step) {
      const std::uint64_t which = random.below(3);
      const std::string name = std::string(1, static_cast<char>('a' + which)) + "_total";
      const std::string peer = std::to_string(random.below(6));
      if (random.chance(0.4)) {
        there.erase({name, peer});
      } else {
        const bool taken = there.contains({name, peer});
        const bool full = there.size() == 10;
        auto registration = metrics.counter({name, "help"}, {{"peer", peer}}, values[which]);
        ASSERT_EQ(registration.refusal().empty(), !taken && !full) << "seed " << seed;
        if (registration.refusal().empty()) there.emplace(std::pair(name, peer), std::move(registration));
      }
      ASSERT_EQ(metrics.series(), there.size() + 2);
    }
    for (const auto& [key, registration] : there) {
      ASSERT_EQ(find(metrics, key.first, {{"peer", key.second}}), key.first.front() - 'a') << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace exocast
