// SPDX-License-Identifier: Apache-2.0
#include "bench/load/latencies.h"

#include <gtest/gtest.h>

namespace exocast::bench {
namespace {

TEST(Latencies, OfNothingAreZero) { EXPECT_EQ(Latencies().percentile_ns(0.99), 0); }

TEST(Latencies, PercentilesAreAtMostOnePercentTooHigh) {
  Latencies latencies;
  for (int us = 1; us <= 10'000; ++us) latencies.add(us * 1e3);
  EXPECT_EQ(latencies.count(), 10'000U);
  for (const double share : {0.001, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const double exact = share * 1e7;
    EXPECT_GE(latencies.percentile_ns(share), exact) << share;
    EXPECT_LE(latencies.percentile_ns(share), exact * 1.01) << share;
  }
}

TEST(Latencies, ShortOnesAreExactAndEndlessOnesCountAsTheLongest) {
  Latencies latencies;
  latencies.add(3);
  latencies.add(5);
  latencies.add(1e300);
  EXPECT_EQ(latencies.percentile_ns(0.01), 3);
  EXPECT_EQ(latencies.percentile_ns(0.5), 5);
  EXPECT_NEAR(latencies.percentile_ns(1), 1.1e12, 1e10);
}

}  // namespace
}  // namespace exocast::bench
