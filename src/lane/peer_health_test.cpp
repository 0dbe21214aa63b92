// SPDX-License-Identifier: Apache-2.0
#include "lane/peer_health.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using enum PeerState;

const TimePoint start = TimePoint(std::chrono::hours(1));

/// A peer that has always answered within `latency`, up to the start.
PeerHealth used_to(Duration latency, const PeerHealthLimits& limits = {}) {
  PeerHealth health(limits);
  for (int i = 100; i >= 0; --i) {
    health.answered(start - i * 100ms, latency);
    health.update(start - i * 100ms, latency, false);
  }
  EXPECT_EQ(health.state(), healthy);
  return health;
}

/// Updates it four times a second from `from` on for `span`, with the oldest message of age `oldest_age`.
void watch(PeerHealth& health, TimePoint from, Duration span, Duration oldest_age) {
  for (Duration after = 0ms; after <= span; after += 250ms) health.update(from + after, oldest_age, false);
}

struct Case {
  const char* what;
  Duration usual;
  Duration oldest_age;
  PeerState expected;
};

const Case cases[] = {
    {"idle", 1ms, 0ms, healthy},
    {"four times the usual is nothing, below 100 ms", 1ms, 100ms, healthy},
    {"over 100 ms, and over four times the usual", 1ms, 101ms, slow},
    {"over 100 ms, but not over four times the usual", 50ms, 200ms, healthy},
    {"over four times the usual", 50ms, 201ms, slow},
    {"nothing for two seconds", 1ms, 2s, slow},
    {"nothing for more than two seconds", 1ms, 2001ms, stalled},
    {"nothing for more than two seconds, from one who takes a second", 1s, 4s, healthy},
    {"nothing for more than four times a second", 1s, 4001ms, stalled},
    {"nothing for a year", 1ms, std::chrono::years(1), stalled},
    {"nothing for more than four times the longest latency counted", 2h, 4h + 1ms, stalled},
};

TEST(PeerHealth, GetsWorseByTheTable) {
  for (const Case& each : cases) {
    PeerHealth health = used_to(each.usual);
    EXPECT_EQ(health.update(start + each.oldest_age, each.oldest_age, false), each.expected) << each.what;
    EXPECT_EQ(health.state(), each.expected) << each.what;
    EXPECT_EQ(health.changes_total(), each.expected == healthy ? 0U : 1U) << each.what;
  }
}

TEST(PeerHealth, OneWhoNeverAnsweredIsJudgedByTheAbsoluteTimes) {
  PeerHealth health;
  EXPECT_EQ(health.update(start, 100ms, false), healthy);
  EXPECT_EQ(health.update(start + 1ms, 101ms, false), slow);
  EXPECT_EQ(health.update(start + 2s, 2100ms, false), stalled);
}

TEST(PeerHealth, OneWhoAnswersWithALongQueueIsSlowAndNotStalled) {
  PeerHealth health = used_to(1ms);
  for (int i = 0; i < 40; ++i) {
    health.answered(start + i * 100ms, 10s);
    EXPECT_EQ(health.update(start + i * 100ms, 10s, false), slow);
  }
}

TEST(PeerHealth, SlowEndsOnceTheWaitHasBeenBelowHalfOfTheThresholdForASecond) {
  PeerHealth health = used_to(1ms);
  ASSERT_EQ(health.update(start, 150ms, false), slow);
  EXPECT_EQ(health.update(start + 1s, 49ms, false), slow);
  EXPECT_EQ(health.update(start + 1900ms, 60ms, false), slow) << "not below half: the second begins anew";
  EXPECT_EQ(health.update(start + 2s, 49ms, false), slow);
  EXPECT_EQ(health.update(start + 2999ms, 49ms, false), slow);
  EXPECT_EQ(health.update(start + 3s, 49ms, false), healthy);
}

TEST(PeerHealth, BetweenHalfAndTheWholeThresholdItStaysAsItIs) {
  PeerHealth health = used_to(1ms);
  watch(health, start, 60s, 75ms);
  EXPECT_EQ(health.state(), healthy);
  health.update(start + 60s, 150ms, false);
  watch(health, start + 60s, 60s, 75ms);
  EXPECT_EQ(health.state(), slow);
}

TEST(PeerHealth, OneWhoBecameSlowIsNotStalledBeforeASecondHasPassed) {
  PeerHealth health = used_to(1ms);
  const auto silent_for = [&health](Duration silence) { return health.update(start + silence, silence, false); };
  EXPECT_EQ(silent_for(1900ms), slow) << "looked at late";
  EXPECT_EQ(silent_for(2100ms), slow);
  EXPECT_EQ(silent_for(2899ms), slow);
  EXPECT_EQ(silent_for(2900ms), stalled);
}

TEST(PeerHealth, StalledEndsOnlyOnceSilencesAreShorterThanHalfOfTheThreshold) {
  PeerHealth health = used_to(1ms, {.factor = 1});  // the threshold stays at 2 s
  watch(health, start, 10s, 10s);
  for (Duration after = 10s; after < 30s; after += 1500ms) {  // an answer now and then: silences of up to 1.5 s
    health.answered(start + after, 5s);
    watch(health, start + after, 1250ms, 5s);
    ASSERT_EQ(health.state(), stalled);
  }
  for (Duration after = 30s; after < 32s; after += 500ms) {
    health.answered(start + after, 5s);
    watch(health, start + after, 250ms, 5s);
  }
  EXPECT_EQ(health.state(), slow);
}

TEST(PeerHealth, OneWhoIsResumedGoesByStepsThroughSlow) {
  PeerHealth health = used_to(1ms);
  watch(health, start, 10s, 10s);
  ASSERT_EQ(health.state(), stalled);
  std::vector<PeerState> seen;
  for (Duration after = 0ms; after <= 3s; after += 250ms) {  // the queue is drained at once
    const TimePoint now = start + 10s + after;
    health.answered(now, 10ms);
    if (health.update(now, 0ms, false) != (seen.empty() ? stalled : seen.back())) seen.push_back(health.state());
  }
  EXPECT_EQ(seen, (std::vector{slow, healthy}));
  EXPECT_EQ(health.since(), start + 12s + 250ms) << "a second each, from one look to another";
}

TEST(PeerHealth, AnOpenCircuitIsGoneAtOnceAndAfterItsEndThePeerIsOnProbation) {
  PeerHealth health = used_to(1ms);
  EXPECT_EQ(health.update(start, 150ms, false), slow);
  EXPECT_EQ(health.update(start + 1ms, 150ms, true), gone);
  EXPECT_EQ(health.update(start + 1h, 0ms, true), gone);
  EXPECT_EQ(health.update(start + 1h + 1ms, 0ms, false), slow);
  watch(health, start + 1h + 1ms, 750ms, 0ms);
  EXPECT_EQ(health.state(), slow);
  watch(health, start + 1h + 1s, 1s, 0ms);
  EXPECT_EQ(health.state(), healthy);
}

TEST(PeerHealth, TheUsualLatencyIsAnAverageOverTimeHoweverManyAnswersThereAre) {
  std::vector<double> after_a_second_ms;
  for (const int answers : {10, 100, 10'000}) {
    PeerHealth health = used_to(10ms);
    for (int i = 1; i <= answers; ++i) health.answered(start + i * Duration(1s) / answers, 50ms);
    after_a_second_ms.push_back(std::chrono::duration<double, std::milli>(health.usual_latency()).count());
  }
  const double expected = 50 - 40 * std::exp(-0.5);  // half of the memory has passed
  for (const double found : after_a_second_ms) EXPECT_NEAR(found, expected, 0.5);
}

TEST(PeerHealth, OneAnswerAfterALongPauseDoesNotDecideAlone) {
  PeerHealth health = used_to(10ms);
  health.answered(start + 1h, 50ms);
  EXPECT_EQ(health.usual_latency(), 20ms);
}

TEST(PeerHealth, ASlowPeerDoesNotSoonMakeSlownessUsualButALastingChangeBecomesUsual) {
  PeerHealth health = used_to(50ms);
  auto waits_half_a_second_until = [&health, now = start](TimePoint end) mutable {
    for (; now < end; now += 100ms) {
      health.answered(now, 500ms);
      health.update(now, 500ms, false);
    }
  };
  waits_half_a_second_until(start + 5s);
  EXPECT_EQ(health.state(), slow);
  EXPECT_LT(health.usual_latency(), 100ms);
  waits_half_a_second_until(start + 3min);
  EXPECT_EQ(health.state(), healthy);
  EXPECT_GT(health.usual_latency(), 400ms);
}

TEST(PeerHealth, WhatIsAnsweredAfterAStallDoesNotMakeStallsUsual) {
  PeerHealth health = used_to(1ms);
  watch(health, start, 10s, 10s);
  ASSERT_EQ(health.state(), stalled);
  for (int i = 0; i < 1000; ++i) health.answered(start + 10s + i * 100us, 10s - i * 100us);
  EXPECT_LT(health.usual_latency(), 200ms);
}

TEST(PeerHealth, ValuesOutOfRangeAreReadAsTheNearestWithin) {
  PeerHealth health({.factor = -1, .memory = 0s, .memory_unhealthy = -1s});
  health.answered(start, -5s);
  EXPECT_EQ(health.usual_latency(), 0ms);
  health.answered(start - 1h, Duration::max());
  EXPECT_EQ(health.usual_latency(), 0ms) << "a clock that went back: no time has passed";
  EXPECT_EQ(health.update(start, Duration::max(), false), stalled);
}

TEST(PeerHealth, StatesHaveNames) {
  EXPECT_EQ(to_string(healthy), "healthy");
  EXPECT_EQ(to_string(slow), "slow");
  EXPECT_EQ(to_string(stalled), "stalled");
  EXPECT_EQ(to_string(gone), "gone");
  EXPECT_EQ(to_string(static_cast<PeerState>(9)), "unknown");
}

// Random latencies and pauses near the thresholds, where a detector without hysteresis would flap at every step.
TEST(PeerHealth, NoHistoryMakesItChangeTwiceWithinTheHoldTime) {
  std::size_t changes = 0;
  std::size_t crossings = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Random random(seed);
    PeerHealth health;
    TimePoint now = start;
    TimePoint changed = start - 1h;
    PeerState before = health.state();
    bool was_over = false;
    for (int step = 0; step < 1000; ++step) {
      const Duration most = random.chance(0.02) ? 5s : random.chance(0.5) ? 200ms : 40ms;
      const Duration age = random.between(0ms, most);
      if (random.chance(0.7)) health.answered(now, age);
      health.update(now, age, false);
      crossings += (age > 100ms) != was_over ? 1 : 0;
      was_over = age > 100ms;
      if (health.state() != before) {
        ASSERT_GE(now - changed, 1s) << "seed " << seed << ", step " << step;
        ASSERT_TRUE(health.state() > before || static_cast<int>(before) - static_cast<int>(health.state()) == 1)
            << "better only by one step";
        ASSERT_EQ(health.since(), now);
        changed = now;
        before = health.state();
        ++changes;
      }
      now += random.between(1ms, 200ms);
    }
  }
  EXPECT_GT(changes, 1000U) << "it does change";
  EXPECT_LT(changes * 10, crossings);
}

TEST(PeerHealth, WhateverWasOnceThePeerThatIsWellIsHealthyAfterThreeSeconds) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Random random(seed);
    PeerHealth health;
    TimePoint now = start;
    for (int step = 0; step < 200; ++step) {
      const Duration age = random.between(0ms, 5s);
      if (random.chance(0.5)) health.answered(now, age);
      health.update(now, age, random.chance(0.1));
      now += random.between(0ms, 500ms);
    }
    for (int step = 0; step <= 12; ++step, now += 250ms) {
      health.answered(now, 1ms);
      health.update(now, 0ms, false);
    }
    ASSERT_EQ(health.state(), healthy) << "seed " << seed;
  }
}

}  // namespace
}  // namespace exocast
