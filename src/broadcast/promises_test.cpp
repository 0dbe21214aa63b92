// SPDX-License-Identifier: Apache-2.0
// The seven promises, checked on random histories: about 10,000 broadcasts for each promise by default.
// EXOCAST_SEEDS=100000 runs 100,000 histories each. A failure prints the command that replays it.
#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "testing/broadcast/history.h"
#include "testing/for_each_seed.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

/// Histories for each promise, of 4 broadcasts on average.
constexpr std::uint64_t histories = 2500;

Report broadcast(SimLoop& loop, const SimNetwork& network, const BroadcastOptions& options = {},
                 const BroadcasterOptions& own = {}) {
  Broadcaster broadcaster(loop, network.roster(), own);
  return std::move(loop.run(broadcaster.broadcast(message_named("m"), options), 1h).value());
}

double slowest_ms(const Report& report) {
  return std::ranges::max(report.outcomes, {}, &PeerReport::elapsed_ms).elapsed_ms;
}

// 1. Concurrent: a broadcast takes as long as its slowest receiver, not the sum.

TEST(Promises, ConcurrentABroadcastTakesAsLongAsItsSlowestReceiver) {
  for_each_seed(1, histories, [](std::uint64_t seed) {
    const History history(seed, {.apart = true});
    for (const BroadcastRecord& told : history.broadcasts) {
      if (told.report.outcomes.empty()) continue;
      ASSERT_EQ(told.report.elapsed_ms, slowest_ms(told.report)) << told.name;
      for (std::size_t peer = 0; peer < history.network().size(); ++peer) {
        const SimSite& site = history.network()[peer];
        if (site.link == nullptr) continue;
        ASSERT_LE(site.link->gauge().peak, history.broadcasts.size()) << "one delivery each";
      }
    }
  });
}

TEST(Promises, ConcurrentAThousandReceiversOf20MillisecondsTake20MillisecondsOrAsOftenAsTheLimitSays) {
  SimLoop loop(1);
  SimNetwork network(loop);
  network.add(1000, {.there = 15ms, .back = 5ms});
  const BroadcasterOptions ample{.limits = {.active = 1000}};
  EXPECT_EQ(broadcast(loop, network, {.limit = 1000}, ample).elapsed_ms, 20);
  EXPECT_EQ(broadcast(loop, network, {.limit = 100}, ample).elapsed_ms, 200);
  EXPECT_EQ(broadcast(loop, network, {.limit = 1000}, {.limits = {.active = 100}}).elapsed_ms, 200);
}

// 2. Isolated: a faulty receiver changes nothing for the others.

TEST(Promises, IsolatedAFaultyPeerChangesNothingForAnyOtherNotEvenATime) {
  const SimTreatment faults[] = {{.fate = SimFate::dropped},
                                 {.fate = SimFate::dropped, .deaf = 100ms},
                                 {.fate = SimFate::refused},
                                 {.fate = SimFate::breaks, .there = 3ms},
                                 {.fate = SimFate::unanswered, .there = 50ms},
                                 {.there = 1ms, .second_answer = 1ms},
                                 {.there = 500ms}};
  for_each_seed(1, histories, [&](std::uint64_t seed) {
    const History without(seed, {.apart = true, .last_peer = SimTreatment{}});
    const History with(seed, {.apart = true, .last_peer = faults[seed % std::size(faults)]});
    ASSERT_EQ(with.broadcasts.size(), without.broadcasts.size());
    std::map<std::string, const Report*> calm;
    for (const BroadcastRecord& told : without.broadcasts) calm[told.name] = &told.report;
    for (const BroadcastRecord& told : with.broadcasts) {
      const Report& expected = *calm.at(told.name);
      for (std::size_t peer = 0; peer + 1 < told.report.outcomes.size(); ++peer) {
        const PeerReport& seen = told.report.outcomes[peer];
        ASSERT_EQ(seen.outcome, expected.outcomes[peer].outcome) << told.name << " " << seen.peer;
        ASSERT_EQ(seen.elapsed_ms, expected.outcomes[peer].elapsed_ms) << told.name << " " << seen.peer;
        ASSERT_EQ(seen.code, expected.outcomes[peer].code) << told.name;
        ASSERT_EQ(seen.error, expected.outcomes[peer].error) << told.name;
      }
    }
    for (std::size_t peer = 0; peer + 1 < with.network().size(); ++peer) {
      ASSERT_EQ(with.network()[peer].accepted, without.network()[peer].accepted) << "the order, too";
    }
  });
}

/// When the last healthy peer had the message, with `hung` peers ahead of 1,000 peers of 1 ms.
double last_delivery_ms(std::size_t hung, const BroadcastOptions& options, const BroadcasterOptions& own) {
  SimLoop loop(1);
  SimNetwork network(loop);
  network.add(hung, {.fate = SimFate::dropped});
  network.add(1000, {.there = 1ms});
  const Report report = broadcast(loop, network, options, own);
  EXPECT_EQ(report.counts()[PeerOutcome::delivered], 1000U);
  EXPECT_EQ(report.counts()[PeerOutcome::timed_out], hung);
  double last = 0;
  for (const PeerReport& peer : report.outcomes) {
    if (peer.outcome == PeerOutcome::delivered) last = std::max(last, peer.elapsed_ms);
  }
  return last;
}

TEST(Promises, IsolatedUnderALimitHungPeersDoNotHoldThePlacesHealthyOnesWaitFor) {
  const BroadcastOptions narrow{.limit = 8};
  EXPECT_LE(last_delivery_ms(8, narrow, {}), 2 * last_delivery_ms(0, narrow, {}));
  const BroadcasterOptions narrow_node{.limits = {.active = 8}};
  EXPECT_LE(last_delivery_ms(8, {}, narrow_node), 2 * last_delivery_ms(0, {}, narrow_node));
}

TEST(Promises, IsolatedPeersThatHangInManyBroadcastsAtOnceDelayNobodyElse) {
  SimLoop loop(1);
  SimNetwork network(loop);
  network.add(2, {.fate = SimFate::dropped, .deaf = 1h});
  network.add(30, {.there = 1ms});
  Broadcaster broadcaster(loop, network.roster(), {.limits = {.active = 16, .parked = 16}});
  Scope scope(loop);
  double last_ms = 0;
  std::size_t delivered = 0;
  for (int i = 0; i < 64; ++i) {
    const auto look = [&](const DeliveryProgress& progress) {
      if (progress.outcome != PeerOutcome::delivered) return;
      ++delivered;
      last_ms = std::max(last_ms, std::chrono::duration<double, std::milli>(progress.elapsed).count());
    };
    const Message message = message_named(std::to_string(i));
    scope.spawn(broadcaster.broadcast(message, {.timeout = 10s, .on_outcome = look}), [](const auto&) {});
  }
  while (delivered < std::size_t{64} * 30 && loop.turn()) {
  }
  EXPECT_EQ(delivered, 64U * 30);
  EXPECT_LE(last_ms, 2 * 64 * 30 / 16) << "twice the time of 16 at once, 1 ms each";
  EXPECT_EQ(network[0].link->gauge().peak, 8U) << "of 64 that wanted it";
  scope.request_stop();
}

// 3. Bounded: every limit holds at every moment.

TEST(Promises, BoundedNoMoreIsUnderWayThanTheLimitsSay) {
  for_each_seed(1, histories, [](std::uint64_t seed) {
    const History history(seed);
    const FairLimits& limits = history.limits;
    ASSERT_LE(history.network().gauge().peak, limits.active.count() + *limits.parked);
    for (std::size_t peer = 0; peer < history.network().size(); ++peer) {
      const SimSite& site = history.network()[peer];
      if (site.link == nullptr) continue;
      ASSERT_LE(site.link->gauge().peak, limits.per_target.count()) << "to peer " << peer;
    }
    const FairMetrics& books = history.metrics_at_the_end.sends;
    ASSERT_LE(books.active_peak, limits.active.count());
    ASSERT_LE(books.parked_peak, *limits.parked);
    ASSERT_GE(books.in_flight_peak, history.network().gauge().peak)
        << "what was granted may be stopped before it is sent";
    for (const BroadcastRecord& told : history.broadcasts) {
      const std::size_t own_limit = told.options.limit.count();  // as many again may be parked
      ASSERT_LE(history.network().gauge_of(told.name).peak, 2 * own_limit) << told.name;
    }
  });
}

// 4. Punctual: the report is there by the deadline.

TEST(Promises, PunctualTheReportIsThereByTheDeadlineWhateverPeersAndLinksDo) {
  for_each_seed(1, histories, [](std::uint64_t seed) {
    const History history(seed);
    for (const BroadcastRecord& told : history.broadcasts) {
      ASSERT_LE(told.ended, told.begun + told.options.timeout) << told.name;
      for (const PeerReport& peer : told.report.outcomes) ASSERT_LE(peer.elapsed_ms, told.report.elapsed_ms);
    }
  });
}

// 5. Accounted: exactly one outcome per receiver, and `delivered` only when its handler accepted the message.

void expect_accounted(const History& history, const BroadcastRecord& told, std::size_t peer) {
  SCOPED_TRACE(told.name + " at peer " + std::to_string(peer));
  const PeerOutcome outcome = told.report.outcomes[peer].outcome;
  ASSERT_EQ(told.progress[peer], std::vector{outcome}) << "told once, and the same as in the report";
  const std::size_t accepted = history.network()[peer].times_accepted(told.name);
  switch (outcome) {
    case PeerOutcome::delivered:
      ASSERT_EQ(told.accepted_when_told[peer], 1U);
      [[fallthrough]];
    case PeerOutcome::failed:
    case PeerOutcome::timed_out:
    case PeerOutcome::cancelled:
      ASSERT_LE(accepted, 1U);
      break;
    case PeerOutcome::not_started:
    case PeerOutcome::skipped:
    case PeerOutcome::too_large:
      ASSERT_EQ(accepted, 0U);
      break;
    case PeerOutcome::answered:
      FAIL() << "the word of another report";
  }
}

TEST(Promises, AccountedEveryReceiverHasOneOutcomeAndDeliveredMeansAccepted) {
  OutcomeCounts seen;
  for_each_seed(1, histories, [&](std::uint64_t seed) {
    const History history(seed);
    for (const BroadcastRecord& told : history.broadcasts) {
      ASSERT_EQ(told.report.outcomes.size(), history.network().size());
      for (std::size_t peer = 0; peer < history.network().size(); ++peer) expect_accounted(history, told, peer);
      for (const PeerOutcome outcome : PeerReport::all_outcomes) seen[outcome] += told.report.counts()[outcome];
    }
  });
  if (seeds_are_chosen()) return;  // a few histories need not produce all of them
  for (const PeerOutcome outcome : PeerReport::all_outcomes)
    EXPECT_GT(seen[outcome], 100U) << to_string(outcome) << " hardly drawn";
}

// 6. Ordered: each receiver gets the delivered messages of awaited broadcasts in order.

TEST(Promises, OrderedEachReceiverGetsTheDeliveredOnesOfAStreamInTheirOrder) {
  for_each_seed(1, histories, [](std::uint64_t seed) {
    const History history(seed);
    for (std::size_t peer = 0; peer < history.network().size(); ++peer) {
      const auto& accepted = history.network()[peer].accepted;
      std::map<std::size_t, std::ptrdiff_t> last;  // per stream, its last index in `accepted`
      for (const BroadcastRecord& told : history.broadcasts) {
        if (told.report.outcomes[peer].outcome != PeerOutcome::delivered) continue;
        const auto at = std::ranges::find(accepted, told.name) - accepted.begin();
        const auto [before, first] = last.try_emplace(told.stream, at);
        if (!first) {
          ASSERT_GT(at, before->second) << told.name << " at peer " << peer;
        }
        before->second = at;
      }
    }
  });
}

// 7. Structured: nothing leaks, and all work has an owner.

TEST(Promises, StructuredWhenTheScopeIsDrainedNothingIsLeft) {
  for_each_seed(1, histories, [](std::uint64_t seed) {
    const History history(seed);
    ASSERT_EQ(history.live_after_drain, 0U);
    ASSERT_EQ(history.network().gauge().now, 0U);
    ASSERT_EQ(history.metrics_at_the_end.broadcasts, 0U);
    ASSERT_EQ(history.metrics_at_the_end.sends.in_flight(), 0U);
    ASSERT_EQ(history.metrics_at_the_end.sends.waiting, 0U);
  });
}

TEST(Promises, StructuredWhatOutlivesTheDeadlineIsOwnedByTheBroadcasterCountedAndDrained) {
  SimLoop loop(1);
  SimNetwork network(loop);
  network.add(3, {.fate = SimFate::dropped, .deaf = 50ms});
  Broadcaster broadcaster(loop, network.roster());
  Scope scope(loop);
  bool reported = false;
  scope.spawn(broadcaster.broadcast(message_named("m"), {.timeout = 10ms}), [&](const auto&) { reported = true; });
  while (!reported) loop.turn();
  EXPECT_EQ(scope.live(), 0U);
  EXPECT_EQ(broadcaster.metrics().broadcasts, 0U);
  EXPECT_EQ(broadcaster.metrics().sends.in_flight(), 3U);
  const auto left = loop.run(broadcaster.drain(Deadline::after(loop.now(), 1s)));
  EXPECT_EQ(left.value(), 0U);
  EXPECT_EQ(broadcaster.metrics().sends.in_flight(), 0U);
}

}  // namespace
}  // namespace exocast
