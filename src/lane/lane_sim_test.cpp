// SPDX-License-Identifier: Apache-2.0
// The promises of lanes in random histories of streams to peers with all kinds of faults, over native links and over
// links that merge.
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>

#include <gtest/gtest.h>

#include "testing/for_each_seed.h"
#include "testing/lane/lane_history.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

/// Each stream in the order of publishing, without duplicates, in each incarnation.
void expect_order(const LaneHistory& history, std::size_t index, bool merging) {
  const LanePeer& peer = *history.peers[index];
  for (const std::vector<int>& heard : peer.heard) {
    std::map<std::size_t, int> last;
    for (const int number : heard) {
      const Published& message = history.published[static_cast<std::size_t>(number)];
      const std::size_t stream = message.stream;
      const bool given_up = message.at[index].outcomes.front() != PeerOutcome::delivered;
      // A given-up message may arrive late on a link without order, or on the connection for large ones …
      if ((merging || message.large) && given_up) continue;
      const auto [before, first] = last.try_emplace(stream, number);
      // … or after one that came on that connection.
      if (given_up && history.published[static_cast<std::size_t>(before->second)].large) continue;
      if (!first) {
        ASSERT_LT(before->second, number)
            << "not in order, or twice, in stream " << stream << " at peer " << index << ", "
            << to_string(message.at[index].outcomes.front()) << (message.large ? ", large" : "");
      }
      before->second = number;
    }
  }
}

void expect_outcome(const LaneHistory& history, std::size_t number, std::size_t index, OutcomeCounts& seen) {
  const Published& message = history.published[number];
  const Published::At& at = message.at[index];
  SCOPED_TRACE("message " + std::to_string(number) + " at peer " + std::to_string(index));
  ASSERT_EQ(at.outcomes.size(), 1U) << "exactly one outcome";
  ASSERT_LE(at.told, history.awake_at(message.latest)) << "by its deadline";
  const PeerOutcome outcome = at.outcomes.front();
  ++seen[outcome];
  const auto found = history.peers[index]->times.find(static_cast<int>(number));
  const int times = found == history.peers[index]->times.end() ? 0 : found->second;
  if (outcome == PeerOutcome::delivered) ASSERT_TRUE(at.accepted_when_told);
  if (message.healed) {
    ASSERT_EQ(outcome, PeerOutcome::delivered)
        << "after the faults: " << (message.report ? message.report->outcomes[index].error : "");
  }
  switch (outcome) {
    case PeerOutcome::not_started:
    case PeerOutcome::skipped:
    case PeerOutcome::too_large:
      ASSERT_EQ(times, 0) << "it was said not to have been sent: " << to_string(outcome) << ", "
                          << (message.report ? message.report->outcomes[index].error : "");
      break;
    default:
      break;
  }
  if (!message.report) return;
  const PeerReport& row = message.report->outcomes[index];
  ASSERT_EQ(row.outcome, outcome);
  if (times > 1 && outcome == PeerOutcome::delivered) ASSERT_NE(row.error, "") << "it came twice, and it is said";
}

/// On a link that merges: once the loss of a message was told, nothing that is published later in its request is
/// delivered; and only such messages are called broken.
void expect_no_gaps(const LaneHistory& history, std::size_t index, std::size_t& broken) {
  std::map<std::size_t, TimePoint> lost_at;  // per request without a key
  for (const Published& message : history.published) {
    const Published::At& at = message.at[index];
    const bool delivered = at.outcomes.front() == PeerOutcome::delivered;
    const bool has_key = message.stream % 3 != 0;
    const auto lost = lost_at.find(message.stream);
    if (lost != lost_at.end() && lost->second < message.at_time) ASSERT_FALSE(delivered) << "a gap that is not told";
    if (message.report && message.report->outcomes[index].error.starts_with("stream broken")) {
      ++broken;
      ASSERT_NE(lost, lost_at.end()) << "nothing of it was lost before";
    }
    if (!delivered && !has_key) {
      TimePoint& first = lost_at.try_emplace(message.stream, at.told).first->second;
      first = std::min(first, at.told);
    }
    if (message.finished) lost_at.erase(message.stream);
  }
}

void expect_bounds(const LaneHistory& history, bool merging) {
  if (merging) {  // native links take no place
    ASSERT_LE(history.gauges.all.peak, history.limits.active.count() + history.limits.parked.value_or(1000));
  }
  for (const auto& peer : history.peers) {
    ASSERT_LE(peer->gauge().peak, all_stream_classes.size() * history.limits.per_target.count());
  }
  constexpr std::size_t kept = 2 * all_stream_classes.size();
  ASSERT_LE(history.at_the_end.broadcasts_peak, kept * history.broadcasts_max);
  ASSERT_LE(history.at_the_end.bytes_peak, kept * history.bytes_max + 210'000 * all_stream_classes.size());
  if (history.lanes.overflow.front() == Overflow::drop_oldest && !history.slept()) {
    ASSERT_LE(history.over_longest, history.lanes.limits.patience) << "over its limit for longer than patience";
  }
}

void expect_nothing_left(const LaneHistory& history) {
  ASSERT_EQ(history.left, 0U);
  ASSERT_EQ(history.at_the_end.sends.in_flight(), 0U);
  ASSERT_EQ(history.at_the_end.sends.waiting, 0U);
  ASSERT_EQ(history.at_the_end.broadcasts, 0U);
  for (const LaneMetrics& lane : history.lanes_at_the_end) {
    ASSERT_EQ(lane.queued_messages, 0U);
    ASSERT_EQ(lane.queued_bytes, 0U);
    ASSERT_EQ(lane.batches, 0U);
    ASSERT_EQ(lane.delivered_total + lane.failed_total + lane.given_up_total + lane.dropped_total +
                  lane.superseded_total + lane.expired_total + lane.skipped_total + lane.too_large_total +
                  lane.closed_total,
              history.published.size())
        << "each has one end";
  }
}

void hold_promises(bool merging, std::uint64_t count) {
  OutcomeCounts seen;
  std::size_t resent = 0;
  std::size_t broken = 0;
  for_each_seed(1, count, [&](std::uint64_t seed) {
    const LaneHistory history(seed, {.merging = merging, .coarse = seed % 3 == 0, .sleeps = seed % 4 == 0});
    for (std::size_t peer = 0; peer < history.peers.size(); ++peer) {
      for (std::size_t number = 0; number < history.published.size(); ++number) {
        expect_outcome(history, number, peer, seen);
        if (testing::Test::HasFatalFailure()) return;
      }
      expect_order(history, peer, merging);
      if (merging) expect_no_gaps(history, peer, broken);
      resent += history.lanes_at_the_end[peer].resent_total;
    }
    expect_bounds(history, merging);
    expect_nothing_left(history);
  });
  if (seeds_are_chosen()) return;  // a few histories need not have all outcomes
  for (const PeerOutcome outcome : {PeerOutcome::delivered, PeerOutcome::failed, PeerOutcome::timed_out,
                                    PeerOutcome::not_started, PeerOutcome::skipped}) {
    EXPECT_GT(seen[outcome], 50U) << to_string(outcome) << " hardly drawn";
  }
  EXPECT_GT(resent, 50U) << "hardly drawn";
  if (merging) EXPECT_GT(broken, 50U) << "hardly drawn";
}

TEST(LaneSimLong, OverNativeLinksEachStreamArrivesInOrderOnceAndEveryOutcomeIsTrue) { hold_promises(false, 3000); }

TEST(LaneSimLong, OverMergingLinksEachStreamArrivesInOrderOnceAndEveryOutcomeIsTrue) { hold_promises(true, 4000); }

/// What the peer heard in each incarnation, by class: between classes there is no order, so ties are drawn.
std::vector<std::vector<int>> heard_by_class(const LaneHistory& history, std::size_t peer) {
  std::vector<std::vector<int>> all;
  for (const std::vector<int>& heard : history.peers[peer]->heard) {
    for (const StreamClass of : all_stream_classes) {
      std::ranges::copy_if(heard, std::back_inserter(all.emplace_back()), [&](int number) {
        return history.published[static_cast<std::size_t>(number)].stream_class == of;
      });
    }
  }
  return all;
}

/// Compares the same seed with and without the first peer's faults.
void hold_isolation(bool merging, std::uint64_t count) {
  for_each_seed(1, count, [&](std::uint64_t seed) {
    const LaneHistory with(seed, {.merging = merging, .apart = true});
    const LaneHistory without(seed, {.merging = merging, .apart = true, .faults = false});
    ASSERT_EQ(with.published.size(), without.published.size());
    for (std::size_t peer = 1; peer < with.peers.size(); ++peer) {
      ASSERT_EQ(heard_by_class(with, peer), heard_by_class(without, peer));
      for (std::size_t number = 0; number < with.published.size(); ++number) {
        const Published::At& seen = with.published[number].at[peer];
        const Published::At& calm = without.published[number].at[peer];
        ASSERT_EQ(seen.outcomes, calm.outcomes) << number << " at " << peer;
        ASSERT_EQ(seen.told, calm.told) << number << " at " << peer;
      }
    }
  });
}

TEST(LaneSimLong, OverNativeLinksAFaultyPeerChangesNothingForAnyOtherNotEvenATime) { hold_isolation(false, 1000); }

TEST(LaneSimLong, OverMergingLinksAFaultyPeerChangesNothingForAnyOtherNotEvenATime) { hold_isolation(true, 2000); }

}  // namespace
}  // namespace exocast
