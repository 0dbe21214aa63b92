// SPDX-License-Identifier: Apache-2.0
#include "lane/circuit.h"

#include <vector>

#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;

const TimePoint start = TimePoint(std::chrono::hours(1));
const Status refused = Status::unavailable("connection refused");

Circuit make(const CircuitLimits& limits = {}, std::uint64_t seed = 1) { return {limits, Random(seed)}; }

/// A circuit that has opened at start + 5 s.
Circuit opened(std::uint64_t seed = 1) {
  Circuit circuit = make({}, seed);
  for (const Duration after : {0s, 2s, 5s}) circuit.unreachable(start + after, refused);
  return circuit;
}

/// Sends the next probe, which fails; returns the wait for it.
Duration failed_probe(Circuit& circuit, TimePoint& now) {
  const Duration waited = circuit.next_probe() - now;
  now = circuit.next_probe();
  EXPECT_TRUE(circuit.allows(now));
  circuit.sent();
  circuit.unreachable(now, refused);
  return waited;
}

struct Case {
  const char* what;
  CircuitLimits limits;
  std::vector<Duration> failures;  // after the start
  bool opens;
};

const Case cases[] = {
    {"nothing has failed", {}, {}, false},
    {"three over five seconds", {}, {0s, 1s, 5s}, true},
    {"only two, however far apart", {}, {0s, 60s}, false},
    {"many within less than five seconds: it may be restarting", {}, {0s, 1s, 2s, 3s, 4s, 4999ms}, false},
    {"three at once, after a first: the first and the last count", {}, {0s, 5s, 5s}, true},
    {"a minute apart is in a row", {}, {0s, 60s, 120s}, true},
    {"more than a minute apart is not: it may have been well in between", {}, {0s, 1s, 2s, 3601s}, false},
    {"but what follows may be", {}, {0s, 1s, 2s, 3601s, 3604s, 3606s}, true},
    {"one is enough when one is asked for", {.failures = 1, .span = 0s}, {0s}, true},
    {"none asked for counts as one", {.failures = 0, .span = 0s}, {0s}, true},
    {"nothing has failed, and none asked for", {.failures = 0, .span = 0s}, {}, false},
    {"a clock that went back spans nothing", {}, {5s, 1s, 0s}, false},
};

TEST(Circuit, OpensByTheTable) {
  for (const Case& each : cases) {
    Circuit circuit = make(each.limits);
    for (const Duration after : each.failures) circuit.unreachable(start + after, refused);
    EXPECT_EQ(circuit.state(), each.opens ? CircuitState::open : CircuitState::closed) << each.what;
    EXPECT_EQ(circuit.metrics().opened_total, each.opens ? 1U : 0U) << each.what;
  }
}

TEST(Circuit, AnyAnswerEndsTheRowOfFailures) {
  Circuit circuit = make();
  circuit.unreachable(start, refused);
  circuit.unreachable(start + 4s, refused);
  circuit.reached();
  circuit.unreachable(start + 6s, refused);
  circuit.unreachable(start + 8s, refused);
  circuit.unreachable(start + 10999ms, refused);
  EXPECT_EQ(circuit.state(), CircuitState::closed) << "4.999 s since the first after the answer";
  circuit.unreachable(start + 11s, refused);
  EXPECT_EQ(circuit.state(), CircuitState::open);
}

TEST(Circuit, WhileOpenOneProbeIsLetThroughAndNothingElse) {
  Circuit circuit = opened();
  const TimePoint probe = circuit.next_probe();
  EXPECT_FALSE(circuit.allows(probe - 1ns));
  EXPECT_TRUE(circuit.allows(probe));
  EXPECT_TRUE(circuit.allows(probe)) << "asking is not sending";
  circuit.sent();
  EXPECT_EQ(circuit.state(), CircuitState::half_open);
  EXPECT_FALSE(circuit.allows(probe + 1h));
  EXPECT_EQ(circuit.next_probe(), TimePoint::max());
}

TEST(Circuit, AProbeThatReachesClosesIt) {
  Circuit circuit = opened();
  circuit.sent();
  circuit.reached();
  EXPECT_EQ(circuit.state(), CircuitState::closed);
  EXPECT_TRUE(circuit.allows(start));
  EXPECT_EQ(circuit.why(start + 10s), "");
  circuit.unreachable(start + 10s, refused);
  EXPECT_EQ(circuit.state(), CircuitState::closed) << "three more are needed";
}

TEST(Circuit, ALateAnswerToWhatWasSentBeforeClosesItToo) {
  Circuit circuit = opened();
  circuit.reached();
  EXPECT_EQ(circuit.state(), CircuitState::closed);
  EXPECT_EQ(circuit.metrics().closed_total, 1U);
}

TEST(Circuit, ALateFailureOfWhatWasSentBeforeDoesNotPutOffTheProbe) {
  Circuit circuit = opened();
  const TimePoint probe = circuit.next_probe();
  circuit.unreachable(start + 6s, Status::unavailable("no route"));
  EXPECT_EQ(circuit.next_probe(), probe);
  EXPECT_EQ(circuit.why(start + 6s), "circuit open since 1.0 s: no route");
}

TEST(Circuit, ALateFailureDuringTheProbeEndsItsTurn) {
  Circuit circuit = opened();
  const TimePoint now = circuit.next_probe();
  circuit.sent();
  circuit.unreachable(now, refused);  // a delivery sent before the circuit opened
  EXPECT_EQ(circuit.state(), CircuitState::open);
  const TimePoint probe = circuit.next_probe();
  circuit.unreachable(now, refused);  // the probe itself
  EXPECT_EQ(circuit.next_probe(), probe);
}

TEST(Circuit, ProbesComeAtRandomWithinARangeThatDoublesUpToItsMost) {
  std::vector<Duration> longest(8, 0ns);
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Circuit circuit = opened(seed);
    TimePoint now = start + 5s;
    Duration ceiling = 500ms;
    for (Duration& most : longest) {
      const Duration waited = failed_probe(circuit, now);
      ASSERT_GE(waited, 0ms);
      ASSERT_LE(waited, ceiling) << "seed " << seed;
      most = std::max(most, waited * 100 / ceiling * 1ns);
      ceiling = std::min<Duration>(ceiling * 2, 15s);
    }
  }
  for (const Duration most : longest) EXPECT_GT(most.count(), 90) << "per cent of the range";
}

TEST(Circuit, AfterItHasClosedProbesBeginWithShortWaitsAgain) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Circuit circuit = opened(seed);
    TimePoint now = start + 5s;
    for (int i = 0; i < 8; ++i) failed_probe(circuit, now);
    circuit.reached();
    for (const Duration after : {0s, 2s, 5s}) circuit.unreachable(now + after, refused);
    ASSERT_EQ(circuit.state(), CircuitState::open);
    ASSERT_LE(circuit.next_probe(), now + 5s + 500ms);
  }
}

TEST(Circuit, AProbeThatSaysNothingIsFollowedByAnotherLater) {
  Circuit circuit = opened();
  TimePoint now = circuit.next_probe();
  Duration ceiling = 1s;
  for (int i = 0; i < 10; ++i) {
    circuit.sent();
    circuit.ended_unknown(now);
    ASSERT_EQ(circuit.state(), CircuitState::open);
    ASSERT_LE(circuit.next_probe(), now + ceiling);
    now = circuit.next_probe();
    ceiling = std::min<Duration>(ceiling * 2, 15s);
  }
  EXPECT_EQ(circuit.metrics().probes_total, 10U);
  EXPECT_EQ(circuit.metrics().unreachable_total, 3U);
}

TEST(Circuit, WhatSaysNothingDoesNotOpenIt) {
  Circuit circuit = make();
  for (int i = 0; i < 100; ++i) {
    circuit.sent();
    circuit.ended_unknown(start + i * 1s);
  }
  EXPECT_EQ(circuit.state(), CircuitState::closed);
}

TEST(Circuit, SaysSinceWhenAndWhyInOneShortLine) {
  Circuit circuit = opened();
  EXPECT_EQ(circuit.why(start + 17'345ms), "circuit open since 12.3 s: connection refused");
  EXPECT_EQ(circuit.why(start), "circuit open since 0.0 s: connection refused") << "a clock that went back";
  TimePoint now = start + 5s;
  failed_probe(circuit, now);
  EXPECT_EQ(circuit.why(start + 3605s), "circuit open since 3600.0 s: connection refused") << "probes do not count";
  circuit.unreachable(now, Status::unavailable(""));
  EXPECT_EQ(circuit.why(start + 6s), "circuit open since 1.0 s: UNAVAILABLE");
  circuit.unreachable(now, Status::unavailable("two\nlines\x1b[2J" + std::string(10'000, 'x')));
  EXPECT_LT(circuit.why(start + 6s).size(), 250U);
  EXPECT_TRUE(circuit.why(start + 6s).starts_with("circuit open since 1.0 s: two lines [2J"));
}

TEST(Circuit, StatesHaveNames) {
  EXPECT_EQ(to_string(CircuitState::closed), "closed");
  EXPECT_EQ(to_string(CircuitState::open), "open");
  EXPECT_EQ(to_string(CircuitState::half_open), "half_open");
  EXPECT_EQ(to_string(static_cast<CircuitState>(9)), "unknown");
}

// A peer that goes up and down at random, a sender that obeys the circuit, and the properties of each such history.
struct History {
  explicit History(std::uint64_t seed) : random(seed), circuit(make({}, seed)) {}

  void send(bool up) {
    const bool was_closed = circuit.state() == CircuitState::closed;
    if (circuit.allows(now)) {
      circuit.sent();
      if (up) {
        circuit.reached();
        last_reached = now;
      } else {
        circuit.unreachable(now, refused);
      }
    }
    const bool is_closed = circuit.state() == CircuitState::closed;
    if (was_closed && !is_closed) ASSERT_GE(now - last_reached, 5s) << "opened for one who may be restarting";
    if (up && !is_closed) ASSERT_LE(now - phase_began, 15s) << "does not notice that the peer is back";
  }

  void run(bool up, Duration span) {
    phase_began = now;
    for (; now < phase_began + span; now += random.between(1ms, 400ms)) send(up);
  }

  Random random;
  Circuit circuit;
  TimePoint now = start;
  TimePoint phase_began = start;
  TimePoint last_reached = start;
};

TEST(Circuit, InAnyHistoryItOpensOnlyForTheDeadAndClosesSoonAfterTheyAreBack) {
  std::size_t opened_total = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    SCOPED_TRACE(seed);
    History history(seed);
    for (int phase = 0; phase < 8; ++phase) history.run(phase % 2 == 0, history.random.between(0s, 40s));
    ASSERT_FALSE(testing::Test::HasFatalFailure());
    opened_total += history.circuit.metrics().opened_total;
  }
  EXPECT_GT(opened_total, 1000U);
}

}  // namespace
}  // namespace exocast
