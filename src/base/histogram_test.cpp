// SPDX-License-Identifier: Apache-2.0
#include "exocast/histogram.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

const double all_q[] = {0, 0.001, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 1};

/// The quantile `q` of `sorted`.
Duration exact(const std::vector<Duration>& sorted, double q) {
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1];
}

/// From 0 ns to 18 min, each power of two with equal probability.
Duration draw(Random& random) { return Duration(random.below(std::uint64_t{1} << random.below(41))); }

TEST(LatencyHistogram, EmptyItSaysZero) {
  const LatencyHistogram empty;
  EXPECT_EQ(empty.count(), 0U);
  EXPECT_EQ(empty.min(), 0ns);
  EXPECT_EQ(empty.max(), 0ns);
  EXPECT_EQ(empty.sum_ms(), 0);
  for (const double q : all_q) EXPECT_EQ(empty.quantile(q), 0ns);
}

TEST(LatencyHistogram, ASingleReadingIsEveryQuantileExactly) {
  for (const Duration latency : std::vector<Duration>{0ns, 1ns, 63ns, 64ns, 1234567ns, 3s, 17min, 2h}) {
    LatencyHistogram histogram;
    histogram.record(latency);
    for (const double q : all_q) EXPECT_EQ(histogram.quantile(q), latency);
  }
}

TEST(LatencyHistogram, QuantilesAreWrongByNoMoreThanTheBound) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    LatencyHistogram histogram;
    std::vector<Duration> all;
    const std::uint64_t count = 1 + random.below(3000);
    for (std::uint64_t i = 0; i < count; ++i) {
      all.push_back(draw(random));
      histogram.record(all.back());
    }
    std::ranges::sort(all);
    for (const double q : all_q) {
      const auto expected = static_cast<double>(exact(all, q).count());
      const auto found = static_cast<double>(histogram.quantile(q).count());
      ASSERT_LE(std::abs(found - expected), expected * LatencyHistogram::error_max) << "seed " << seed << ", q " << q;
    }
    ASSERT_EQ(histogram.min(), all.front());
    ASSERT_EQ(histogram.max(), all.back());
    ASSERT_EQ(histogram.count(), count);
  }
}

TEST(LatencyHistogram, MergedIsAsIfAllHadBeenRecordedInOne) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Random random(seed);
    LatencyHistogram parts[3];
    LatencyHistogram whole;
    for (int i = 0; i < 500; ++i) {
      const Duration latency = draw(random);
      const std::uint64_t count = random.below(5);
      parts[random.below(seed % 3 + 1)].record(latency, count);  // two seeds in three leave a part empty
      whole.record(latency, count);
    }
    LatencyHistogram merged;
    for (const LatencyHistogram& part : parts) merged.merge(part);
    ASSERT_EQ(merged.count(), whole.count());
    ASSERT_EQ(merged.min(), whole.min());
    ASSERT_EQ(merged.max(), whole.max());
    ASSERT_NEAR(merged.sum_ms(), whole.sum_ms(), whole.sum_ms() * 1e-12);
    for (const double q : all_q) ASSERT_EQ(merged.quantile(q), whole.quantile(q));
    for (unsigned bits = 0; bits <= 45; ++bits) {
      ASSERT_EQ(merged.count_below_power(bits), whole.count_below_power(bits));
    }
  }
}

TEST(LatencyHistogram, CountsBelowAPowerOfTwoAreExact) {
  LatencyHistogram histogram;
  std::vector<Duration> all;
  for (unsigned bits = 0; bits < 40; ++bits) {
    for (const std::int64_t beside : {-1, 0, 1}) all.emplace_back((std::int64_t{1} << bits) + beside);
  }
  for (const Duration latency : all) histogram.record(latency);
  for (unsigned bits = 0; bits <= 40; ++bits) {
    const auto below = std::ranges::count_if(all, [bits](Duration latency) { return latency.count() >> bits == 0; });
    EXPECT_EQ(histogram.count_below_power(bits), static_cast<std::uint64_t>(below)) << bits;
  }
}

TEST(LatencyHistogram, WhatIsOutOfRangeCountsAtItsEnds) {
  LatencyHistogram histogram;
  histogram.record(-5s);
  histogram.record(Duration::max());
  histogram.record(1ms, 0);
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.min(), 0ns);
  EXPECT_EQ(histogram.max(), Duration::max());
  EXPECT_EQ(histogram.quantile(0.5), 0ns);
  EXPECT_GT(histogram.quantile(0.9), 18min);
  EXPECT_EQ(histogram.quantile(std::nan("")), 0ns);
  EXPECT_EQ(histogram.count_below_power(63), 2U);
}

TEST(LatencyHistogram, ItsSizeIsFixedAndSmall) { static_assert(sizeof(LatencyHistogram) <= std::size_t{10} << 10); }

}  // namespace
}  // namespace exocast
