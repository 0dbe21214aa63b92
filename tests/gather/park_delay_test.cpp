// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/detail/park_delay.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;

struct Case {
  const char* what;
  std::vector<Duration> latencies;
  Duration expected;
};

const Case cases[] = {
    {"nothing has ended", {}, 50ms},
    {"one took no time: the least", {0ms}, 1ms},
    {"one: itself and four times half of it", {10ms}, 30ms},
    {"a second of the same: the deviation shrinks by a quarter", {10ms, 10ms}, 25ms},
    {"a third", {10ms, 10ms, 10ms}, 10ms + 4 * 2'812'500ns},
    {"a slower one raises both: 10 + 10/8, 5 + (10 - 5)/4", {10ms, 20ms}, 11'250us + 4 * 6'250us},
    {"a faster one raises the deviation, not the mean", {10ms, 0ms}, 8'750us + 4 * 6'250us},
    {"microseconds: the least", {10us, 10us, 12us}, 1ms},
    {"seconds: the most", {5s}, 1s},
    {"years: the most", {std::chrono::years(100), std::chrono::years(200)}, 1s},
    {"just under the most", {333ms}, 999ms},
};

TEST(ParkDelay, FollowsTheTable) {
  for (const Case& each : cases) {
    ParkDelay delay;
    for (const Duration latency : each.latencies) delay.ended_after(latency);
    EXPECT_EQ(delay.value(), each.expected) << each.what;
  }
}

TEST(ParkDelay, SettlesAtTwiceASteadyLatency) {
  ParkDelay delay;
  for (int i = 0; i < 200; ++i) delay.ended_after(20ms);
  EXPECT_EQ(delay.value(), 40ms);
}

TEST(ParkDelay, ForgetsAnOutlierInTime) {  // of any size: values over the maximum count as the maximum
  ParkDelay delay;
  for (int i = 0; i < 100; ++i) delay.ended_after(2ms);
  delay.ended_after(10s);
  EXPECT_EQ(delay.value(), ParkDelay::most);
  for (int i = 0; i < 100; ++i) delay.ended_after(2ms);
  EXPECT_LT(delay.value(), 10ms);
}

TEST(ParkDelay, IsAlwaysWithinItsBounds) {
  ParkDelay delay;
  std::uint64_t random = 1;
  for (int i = 0; i < 10'000; ++i) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    delay.ended_after(Duration((random >> 33) % (1U << (random >> 59))));
    ASSERT_GE(delay.value(), ParkDelay::least);
    ASSERT_LE(delay.value(), ParkDelay::most);
  }
}

TEST(ParkDelay, IsUsableInAConstant) {
  constexpr Duration value = [] {
    ParkDelay delay;
    delay.ended_after(10ms);
    return delay.value();
  }();
  static_assert(value == 30ms);
}

}  // namespace
}  // namespace exocast
