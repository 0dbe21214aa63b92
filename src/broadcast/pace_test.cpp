// SPDX-License-Identifier: Apache-2.0
// Isolation at any rate: published as fast as there is room, with a few messages kept, beside receivers that have
// stopped, are slow or hang. The faster half sets the pace; who falls behind loses its oldest messages, and nobody else
// notices.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "exocast/broadcaster.h"
#include "exocast/gather/wait.h"
#include "testing/broadcast/sim_network.h"
#include "testing/for_each_seed.h"
#include "testing/sim_loop.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

const SimTreatment healthy{.there = 1ms};
const SimTreatment stopped{.fate = SimFate::dropped};
const SimTreatment slow{.there = 200ms};

/// What became of one message at one receiver.
struct End {
  PeerOutcome outcome{};
  std::string error;
  TimePoint at{};
};

/// A flood: messages that are published as soon as there is room, all to the same receivers.
class Flood {
 public:
  Flood(const std::vector<SimTreatment>& peers, BroadcasterOptions options, bool ordered = false)
      : network(loop, ordered), options_(std::move(options)) {
    for (const SimTreatment& peer : peers) network.add(peer);
  }

  void run(std::size_t count, const BroadcastOptions& options = {}) {
    Broadcaster broadcaster(loop, network.roster(), options_);
    const TimePoint begun = loop.now();
    ends.assign(network.size(), std::vector<std::vector<End>>(count));
    EXPECT_TRUE(loop.run(publish(broadcaster, count, options)).ok());
    published_in = loop.now() - begun;
    metrics = broadcaster.metrics();
    static_cast<void>(loop.run([](Duration rest) -> task<void> { co_await sleep_for(rest); }(20s)));
    for (const auto& peer : ends) {
      for (const auto& message : peer) ASSERT_EQ(message.size(), 1U) << "exactly one outcome";
    }
    EXPECT_EQ(broadcaster.metrics().broadcasts, 0U);
  }

  std::size_t count(std::size_t peer, PeerOutcome outcome) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(ends[peer], [&](const auto& message) { return message.front().outcome == outcome; }));
  }
  std::size_t delivered(std::size_t peer) const { return count(peer, PeerOutcome::delivered); }

  SimLoop loop{1};
  SimNetwork network;
  std::vector<std::vector<std::vector<End>>> ends;  // by receiver and message
  Duration published_in{};
  BroadcasterMetrics metrics;
  std::size_t most_kept = 0;

 private:
  task<void> publish(Broadcaster& broadcaster, std::size_t count, BroadcastOptions options) {
    for (std::size_t number = 0; number < count; ++number) {
      options.on_outcome = [this, number](const DeliveryProgress& progress) {
        ends[progress.index][number].push_back({progress.outcome, progress.error.text, loop.now()});
      };
      while (!broadcaster.publish(message_named(std::to_string(number)), options)) {
        co_await broadcaster.room(message_named("0000"), options);
      }
      most_kept = std::max(most_kept, broadcaster.metrics().broadcasts);
    }
  }

  BroadcasterOptions options_;
};

BroadcasterOptions small(Overflow overflow = Overflow::drop_oldest) {
  BroadcasterOptions options{.broadcasts_max = 20, .seed = 1};
  options.lanes.overflow.fill(overflow);
  return options;
}

void expect_same(const Flood& with, const Flood& without, std::size_t peer) {
  ASSERT_THAT(with.network[peer].accepted, testing::UnorderedElementsAreArray(without.network[peer].accepted));
  for (std::size_t number = 0; number < with.ends[peer].size(); ++number) {
    ASSERT_EQ(with.ends[peer][number].front().outcome, without.ends[peer][number].front().outcome) << number;
    ASSERT_EQ(with.ends[peer][number].front().at, without.ends[peer][number].front().at) << number;
  }
}

TEST(Pace, OneStoppedReceiverCostsTheOthersNothing) {
  Flood calm({healthy, healthy, healthy, healthy}, small());
  Flood flood({healthy, healthy, healthy, stopped}, small());
  calm.run(1000);
  flood.run(1000);
  EXPECT_EQ(flood.published_in, calm.published_in);
  for (std::size_t peer = 0; peer < 3; ++peer) {
    EXPECT_EQ(flood.delivered(peer), 1000U);
    expect_same(flood, calm, peer);
  }
  EXPECT_GT(flood.count(3, PeerOutcome::skipped), 900U);
  EXPECT_EQ(flood.delivered(3), 0U);
  EXPECT_LE(flood.most_kept, 40U) << "twice broadcasts_max";
}

TEST(Pace, HalfOfThemStoppedCostTheOthersNothing) {
  Flood calm({healthy, healthy, healthy, healthy}, small());
  Flood flood({healthy, stopped, stopped, healthy}, small());
  calm.run(1000);
  flood.run(1000);
  EXPECT_EQ(flood.published_in, calm.published_in);
  expect_same(flood, calm, 0);
  expect_same(flood, calm, 3);
}

TEST(Pace, MoreThanHalfStoppedAtOnceCostOnePause) {
  Flood calm({healthy, healthy, healthy, healthy}, small());
  Flood flood({healthy, stopped, stopped, stopped}, small());
  calm.run(1000);
  flood.run(1000);
  EXPECT_EQ(flood.delivered(0), 1000U);
  EXPECT_GE(flood.published_in, calm.published_in);
  EXPECT_LE(flood.published_in, calm.published_in + LaneLimits().patience + 10ms);
}

TEST(Pace, ASlowReceiverLosesTheOldestItHasNotGotAndTheReportSaysSo) {
  Flood flood({healthy, slow, healthy}, small());
  flood.run(1000);
  EXPECT_EQ(flood.delivered(0), 1000U);
  EXPECT_EQ(flood.delivered(2), 1000U);
  EXPECT_EQ(flood.delivered(1) + flood.count(1, PeerOutcome::skipped) + flood.count(1, PeerOutcome::failed), 1000U);
  EXPECT_GT(flood.delivered(1), 7U) << "what it is given last";
  EXPECT_EQ(flood.ends[1][999].front().outcome, PeerOutcome::delivered);
  EXPECT_EQ(flood.ends[1][500].front().outcome, PeerOutcome::skipped);
  EXPECT_EQ(flood.ends[1][500].front().error, "fell behind: newer messages needed its room");
  EXPECT_EQ(flood.ends[1][0].front().outcome, PeerOutcome::failed) << "it is on its way";
  EXPECT_EQ(flood.ends[1][0].front().error, "fell behind: newer messages needed its room; it may have arrived");
}

TEST(Pace, TheOnlyReceiverHoldsTheSenderAndLosesNothing) {
  Flood flood({slow}, small());
  flood.run(100);
  EXPECT_EQ(flood.delivered(0), 100U);
  EXPECT_LE(flood.most_kept, 20U);
}

TEST(Pace, WithoutAnyoneWhoKeepsUpTheSenderWaits) {
  Flood flood({slow, stopped}, small());
  flood.run(30);
  EXPECT_EQ(flood.count(0, PeerOutcome::skipped), 0U);
}

TEST(Pace, WithWaitOneReceiverHoldsTheSenderAndNothingIsLost) {
  Flood flood({healthy, slow, healthy}, small(Overflow::wait));
  flood.run(100);
  for (std::size_t peer = 0; peer < 3; ++peer) EXPECT_EQ(flood.delivered(peer), 100U);
  EXPECT_LE(flood.most_kept, 20U);
  EXPECT_GT(flood.published_in, 1s);
}

TEST(Pace, WithDisconnectWhoFallsBehindIsGivenUpAndNobodyElse) {
  Flood calm({healthy, healthy, healthy}, small(Overflow::disconnect));
  Flood flood({healthy, healthy, stopped}, small(Overflow::disconnect));
  calm.run(500);
  flood.run(500);
  expect_same(flood, calm, 0);
  expect_same(flood, calm, 1);
  EXPECT_TRUE(flood.ends[2][30].front().error.starts_with("disconnected: ")) << flood.ends[2][30].front().error;
}

TEST(Pace, BytesAreBoundedAsMessagesAre) {
  BroadcasterOptions options = small();
  options.broadcasts_max = 1'000'000;
  options.bytes_max = 20 * message_named("000").bytes();
  Flood calm({healthy, healthy, healthy}, options);
  Flood flood({healthy, healthy, stopped}, options);
  calm.run(500);
  flood.run(500);
  expect_same(flood, calm, 0);
  EXPECT_LE(flood.metrics.bytes_peak, 2 * options.bytes_max + message_named("000").bytes());
  EXPECT_GT(flood.count(2, PeerOutcome::skipped), 400U);
}

TEST(Pace, ControlHasRoomOfItsOwn) {
  SimLoop loop(1);
  SimNetwork network(loop);
  network.add(3, stopped);
  Broadcaster broadcaster(loop, network.roster(), small(Overflow::wait));
  for (const StreamClass of : {StreamClass::tokens, StreamClass::bulk}) {
    while (broadcaster.publish(message_named("m"), {.stream_class = of})) {
    }
  }
  EXPECT_EQ(broadcaster.metrics().broadcasts, 40U);
  EXPECT_TRUE(broadcaster.publish(message_named("urgent"), {.stream_class = StreamClass::control}));
}

TEST(Pace, AReceiverThatComesBackGetsWhatIsStillKept) {
  SimLoop loop(1);
  SimNetwork network(loop);
  network.add(2, healthy);
  network.add(sim_in_turn(std::vector<SimTreatment>(8, {.fate = SimFate::arrives, .there = 5s}), healthy));
  Broadcaster broadcaster(loop, network.roster(), small());
  const auto flood = [&]() -> task<void> {
    for (int number = 0; number < 200; ++number) {
      while (!broadcaster.publish(message_named(std::to_string(number))))
        co_await broadcaster.room(message_named("000"));
    }
    co_await sleep_for(10s);
  };
  EXPECT_TRUE(loop.run(flood()).ok());
  EXPECT_EQ(network[0].peer.accepted(), 200U);
  for (int number = 160; number < 200; ++number) {
    EXPECT_EQ(network[2].times_accepted(std::to_string(number)), 1U) << number;
  }
}

/// 200 messages a second, with the options that users have who set none.
TEST(Pace, AnyNumberOfHungReceiversLeavesTheGoodOnesAlone) {
  SimLoop loop(1);
  SimNetwork network(loop);
  network.add(64, stopped);
  network.add(2, healthy);
  Broadcaster broadcaster(loop, network.roster());
  std::size_t delivered = 0;
  Duration longest{};
  const BroadcastOptions options{.on_outcome = [&](const DeliveryProgress& progress) {
    if (progress.outcome != PeerOutcome::delivered) return;
    ++delivered;
    longest = std::max(longest, progress.elapsed);
  }};
  const auto publish = [&]() -> task<void> {
    for (int number = 0; number < 1800; ++number) {
      EXPECT_TRUE(broadcaster.publish(message_named(std::to_string(number)), options));
      co_await sleep_for(5ms);
    }
  };
  EXPECT_TRUE(loop.run(publish()).ok());
  EXPECT_EQ(delivered, 3600U);
  EXPECT_LE(longest, 100ms);
}

TEST(Pace, OneMessageToManyHungReceiversReachesAllGoodOnesAtOnce) {
  SimLoop loop(1);
  SimNetwork network(loop);
  network.add(500, stopped);
  network.add(20, healthy);
  Broadcaster broadcaster(loop, network.roster());
  const Report report = loop.run(broadcaster.broadcast(message_named("m"))).value();
  EXPECT_EQ(report.counts()[PeerOutcome::delivered], 20U);
  EXPECT_EQ(report.counts()[PeerOutcome::timed_out], 500U);
  for (const PeerReport& row : report.outcomes) {
    if (row.outcome == PeerOutcome::delivered) EXPECT_LE(row.elapsed_ms, 100);
  }
}

/// The same seed with and without receivers at fault, at most half of them: for the healthy ones nothing differs, not
/// even a time.
TEST(Pace, AtSaturationReceiversAtFaultChangeNothingForTheHealthyOnes) {
  constexpr Overflow policies[] = {Overflow::drop_oldest, Overflow::latest_wins, Overflow::disconnect};
  for_each_seed(1, 300, [&](std::uint64_t seed) {
    Random random(seed);
    const std::size_t receivers = 2 + random.below(7);
    const std::size_t sick = 1 + random.below(receivers / 2);
    BroadcasterOptions options = small(policies[random.below(3)]);
    options.broadcasts_max = 9 + random.below(60);
    options.limits.active = 1000;  // places are another matter: see fairness_test.cpp
    const SimTreatment faults[] = {{.fate = SimFate::dropped},
                                   {.fate = SimFate::dropped, .deaf = 100ms},
                                   {.fate = SimFate::refused, .there = 1ms},
                                   {.fate = SimFate::breaks, .there = 3ms},
                                   {.fate = SimFate::unanswered, .there = 50ms},
                                   {.there = 1ms, .back = 300ms, .second_answer = 1ms},
                                   {.there = 500ms}};
    std::vector<SimTreatment> calm(receivers, healthy);
    std::vector<SimTreatment> faulty = calm;
    for (std::size_t peer = 0; peer < sick; ++peer) faulty[peer] = faults[random.below(std::size(faults))];
    const bool ordered = random.below(2) == 0;
    Flood without(calm, options, ordered);
    Flood with(faulty, options, ordered);
    without.run(400);
    with.run(400);
    ASSERT_EQ(with.published_in, without.published_in);
    ASSERT_LE(with.most_kept, 2 * options.broadcasts_max);
    for (std::size_t peer = sick; peer < receivers; ++peer) {
      ASSERT_EQ(with.delivered(peer), 400U);
      expect_same(with, without, peer);
    }
  });
}

}  // namespace
}  // namespace exocast
