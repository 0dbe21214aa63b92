// SPDX-License-Identifier: Apache-2.0
// The promises of a broadcaster whose roster changes, checked on random histories.
#include "testing/broadcast/roster_history.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include <gtest/gtest.h>

#include "testing/for_each_seed.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t histories = 2000;

/// When `peer` left after the publication at `begun`; TimePoint::max() if it stayed.
TimePoint left_after(const RosterHistory::Peer& peer, TimePoint begun) {
  const auto found = std::ranges::upper_bound(peer.left, begun);
  return found == peer.left.end() ? TimePoint::max() : *found;
}

void expect_row(const RosterHistory& history, std::size_t number, std::size_t index, OutcomeCounts& seen) {
  const RosterHistory::Published& message = history.published[number];
  const RosterHistory::At& at = message.at[index];
  const RosterHistory::Peer& peer = history.peers[message.receivers[index]];
  SCOPED_TRACE("message " + std::to_string(number) + " to peer " + std::to_string(message.receivers[index]));
  const PeerReport& row = message.report->outcomes[index];
  ASSERT_EQ(row.peer, "p" + std::to_string(message.receivers[index]));
  ++seen[row.outcome];
  if (history.drained) {
    ASSERT_EQ(at.outcomes, std::vector{row.outcome}) << "exactly one outcome, and told";
    ASSERT_LE(at.told, message.latest) << "by its deadline";
  }
  ASSERT_LE(std::ranges::count(peer.heard, static_cast<int>(number)), 1) << "none comes twice";
  switch (row.outcome) {
    case PeerOutcome::delivered:
      ASSERT_TRUE(peer.accepted(number));
      if (history.drained) ASSERT_TRUE(at.accepted_when_told);
      break;
    case PeerOutcome::not_started:
    case PeerOutcome::skipped:
    case PeerOutcome::too_large:
      ASSERT_FALSE(peer.accepted(number)) << "it was said not to have been sent";
      break;
    default:
      break;
  }
}

void expect_accounted(const RosterHistory& history, OutcomeCounts& seen) {
  for (std::size_t number = 0; number < history.published.size(); ++number) {
    const RosterHistory::Published& message = history.published[number];
    ASSERT_TRUE(message.report.has_value());
    ASSERT_EQ(message.report->roster_epoch, message.epoch);
    ASSERT_EQ(message.report->outcomes.size(), message.receivers.size()) << "those it began with";
    for (std::size_t index = 0; index < message.receivers.size(); ++index) {
      expect_row(history, number, index, seen);
      if (testing::Test::HasFatalFailure()) return;
    }
    for (std::size_t peer = 0; peer < history.peers.size(); ++peer) {
      if (contains(message.receivers, peer)) continue;
      ASSERT_FALSE(history.peers[peer].accepted(number)) << "it was not in the roster";
    }
  }
}

void expect_order(const RosterHistory& history) {
  for (std::size_t peer = 0; peer < history.peers.size(); ++peer) {
    std::map<std::size_t, int> last;
    for (const int number : history.peers[peer].heard) {
      const RosterHistory::Published& message = history.published[static_cast<std::size_t>(number)];
      const auto index =
          static_cast<std::size_t>(std::ranges::find(message.receivers, peer) - message.receivers.begin());
      if (message.report->outcomes[index].outcome != PeerOutcome::delivered) continue;
      const auto [before, first] = last.try_emplace(message.stream, number);
      if (!first) ASSERT_LT(before->second, number) << "at peer " << peer << ", in stream " << message.stream;
      before->second = number;
    }
  }
}

void expect_the_end_with_the_leaving(const RosterHistory& history) {
  if (!history.drained) return;
  for (const RosterHistory::Published& message : history.published) {
    if (message.limited) continue;  // outcomes are reported in turn
    for (std::size_t index = 0; index < message.receivers.size(); ++index) {
      const TimePoint left = left_after(history.peers[message.receivers[index]], message.begun);
      ASSERT_LE(message.at[index].told, left) << "it was known when it left";
    }
  }
}

void expect_bounds_and_nothing_left(const RosterHistory& history) {
  ASSERT_LE(history.retired_peak, history.limits.active.count() + history.limits.parked.value_or(1000));
  ASSERT_LE(history.at_the_end.sends.active_peak, history.limits.active.count());
  ASSERT_EQ(history.left, 0U);
  ASSERT_EQ(history.at_the_end.retired_lanes, 0U);
  ASSERT_EQ(history.at_the_end.broadcasts, 0U);
  ASSERT_EQ(history.at_the_end.sends.in_flight() + history.at_the_end.sends.waiting, 0U);
  for (const RosterHistory::Peer& peer : history.peers) {
    for (const auto& link : peer.links) ASSERT_TRUE(link.expired()) << "nothing keeps it";
  }
}

TEST(RosterHistory, WhoeverComesAndGoesEveryPromiseIsKept) {
  OutcomeCounts seen;
  std::size_t retired = 0;
  for_each_seed(1, histories, [&](std::uint64_t seed) {
    const RosterHistory history(seed);
    expect_accounted(history, seen);
    if (testing::Test::HasFatalFailure()) return;
    expect_order(history);
    expect_the_end_with_the_leaving(history);
    expect_bounds_and_nothing_left(history);
    retired += history.retired_peak;
  });
  if (seeds_are_chosen()) return;  // a few histories need not produce all of them
  for (const PeerOutcome outcome : {PeerOutcome::delivered, PeerOutcome::failed, PeerOutcome::timed_out,
                                    PeerOutcome::cancelled, PeerOutcome::not_started, PeerOutcome::skipped}) {
    EXPECT_GT(seen[outcome], 100U) << to_string(outcome) << " hardly drawn";
  }
  EXPECT_GT(retired, 100U) << "hardly drawn";
}

TEST(RosterHistory, IsolatedWhoStaysNoticesNothingOfWhoComesAndGoesNotEvenATime) {
  for_each_seed(1, histories / 2, [](std::uint64_t seed) {
    const RosterHistory with(seed, {.apart = true});
    const RosterHistory without(seed, {.apart = true, .changes = false});
    ASSERT_EQ(with.heard_by_first, without.heard_by_first);
    ASSERT_EQ(with.published.size(), without.published.size());
    const auto row_of_first = [](const RosterHistory::Published& message) {
      const auto index = std::ranges::find(message.receivers, std::size_t{0}) - message.receivers.begin();
      return message.report->outcomes[static_cast<std::size_t>(index)];
    };
    for (std::size_t number = 0; number < with.published.size(); ++number) {
      const PeerReport seen = row_of_first(with.published[number]);
      const PeerReport calm = row_of_first(without.published[number]);
      ASSERT_EQ(seen.outcome, calm.outcome) << number;
      ASSERT_EQ(seen.elapsed_ms, calm.elapsed_ms) << number;
    }
  });
}

}  // namespace
}  // namespace exocast
