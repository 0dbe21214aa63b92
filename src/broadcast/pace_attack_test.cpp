// SPDX-License-Identifier: Apache-2.0
// The pace where receivers come and go, refuse, or have shown nothing yet: while somebody would take its messages, the
// sender is held for LaneLimits::patience at most. And what callbacks may do in the middle of it.
#include <map>
#include <memory>
#include <string>
#include <vector>

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
const SimTreatment refused{.fate = SimFate::refused, .there = 1ms, .refusal = Status::invalid_argument("no")};

struct PaceAttack : testing::Test {
  void open(BroadcasterOptions options = {.broadcasts_max = 10, .seed = 1}) {
    broadcaster = std::make_unique<Broadcaster>(loop, network.roster(), options);
  }
  /// Publishes one message every 2 ms as long as `time`; returns how many.
  std::size_t publish_for(Duration time, const BroadcastOptions& options = {}) {
    const auto publish = [&]() -> task<std::size_t> {
      const TimePoint until = loop.now() + time;
      std::size_t published = 0;
      for (; loop.now() < until; co_await sleep_for(2ms)) {
        published += broadcaster->publish(message_named(std::to_string(number++)), options) ? 1 : 0;
      }
      co_return published;
    };
    return loop.run(publish()).value();
  }

  SimLoop loop{1};
  SimNetwork network{loop};
  std::unique_ptr<Broadcaster> broadcaster;
  std::size_t number = 0;
};

TEST_F(PaceAttack, APeerThatRestartsWhileRoomIsShortIsSentTo) {
  network.add(healthy);
  network.add(stopped);
  open();
  EXPECT_EQ(publish_for(1s, {.timeout = Duration::max()}), 500U);
  network.relink(0, sim_always(healthy));
  broadcaster->set_roster(network.roster());
  EXPECT_GE(publish_for(2s, {.timeout = Duration::max()}), 700U);
}

TEST_F(PaceAttack, AMessageThatAllRefuseDoesNotEndTheSending) {
  std::vector<SimTreatment> one_is_refused(300, healthy);
  one_is_refused.push_back(refused);
  network.add(3, stopped);
  for (int peer = 0; peer < 3; ++peer) network.add(sim_in_turn(one_is_refused, healthy));
  open();
  EXPECT_EQ(publish_for(580ms, {.timeout = Duration::max()}), 290U);
  EXPECT_GE(publish_for(2s, {.timeout = Duration::max()}), 700U);
}

TEST_F(PaceAttack, ABreakOfTheOnlyGoodLinkDoesNotEndTheSending) {
  std::vector<SimTreatment> breaks(300, healthy);
  breaks.insert(breaks.end(), 3, {.fate = SimFate::breaks, .there = 1ms});
  network.add(stopped);
  network.add(sim_in_turn(breaks, healthy));
  open();
  EXPECT_EQ(publish_for(580ms, {.timeout = Duration::max()}), 290U);
  EXPECT_GE(publish_for(10s, {.timeout = Duration::max()}), 3000U);
}

TEST_F(PaceAttack, WaitingForRoomWithoutPatienceDoesNotSpin) {
  network.add(stopped);
  BroadcasterOptions options{.broadcasts_max = 1, .seed = 1};
  options.lanes.limits.patience = 0ms;
  open(options);
  EXPECT_TRUE(broadcaster->publish(message_named("m"), {.timeout = 10s}));
  const TimePoint until = loop.now() + 20s;
  bool room = false;
  Scope scope(loop);
  scope.spawn([](Broadcaster& broadcaster, bool& room) -> task<void> {
    room = co_await broadcaster.room(message_named("m"));
  }(*broadcaster, room));
  int turns = 0;
  while (!room && loop.now() < until && ++turns < 5000 && loop.turn()) {
  }
  EXPECT_LT(turns, 5000);
  EXPECT_TRUE(room);
}

TEST_F(PaceAttack, KeyedMessagesPublishedInOneTurnAreBoundedToo) {
  network.add(healthy);
  open();
  EXPECT_EQ(publish_for(10ms), 5U);
  std::size_t published = 0;
  const BroadcastOptions keyed{.stream_class = StreamClass::control, .key = "k"};
  EXPECT_TRUE(broadcaster->publish(message_named("k"), keyed));
  publish_for(10ms);
  while (published < 1000 && broadcaster->publish(message_named("k"), keyed)) ++published;
  EXPECT_LT(published, 1000U);
  publish_for(10ms, keyed);
  while (published < 1000 && broadcaster->publish(message_named("k"), keyed)) ++published;
  EXPECT_LT(published, 1000U);
}

TEST_F(PaceAttack, RoomIsNotedWhenTheRosterChanges) {
  network.add(healthy);
  network.add(3, stopped);
  BroadcasterOptions options{.broadcasts_max = 10, .seed = 1};
  options.lanes.limits.patience = 1h;
  open(options);
  EXPECT_LT(publish_for(1s, {.timeout = Duration::max()}), 50U);
  bool room = false;
  Scope scope(loop);
  scope.spawn([](Broadcaster& broadcaster, bool& room) -> task<void> {
    room = co_await broadcaster.room(message_named("m"));
  }(*broadcaster, room));
  broadcaster->set_roster(network.roster({0, 1}));
  publish_for(1s);
  EXPECT_TRUE(room);
}

/// The second publication inside the callback ends what the other stopped receiver had not got of the same message.
TEST(PaceReentry, PublishingWhenAnOutcomeIsToldAtTheDeadlineLosesNoOtherOutcome) {
  SimLoop loop(1);
  SimNetwork network(loop, true);
  network.add(3, healthy);
  network.add(2, stopped);
  BroadcasterOptions options{.broadcasts_max = 2, .seed = 1};
  options.limits.per_target = 1;
  options.lanes.limits.patience = 1h;
  Broadcaster broadcaster(loop, network.roster(), options);
  const auto publish = [&](const BroadcastOptions& how) {
    EXPECT_TRUE(broadcaster.publish(message_named("m"), how));
    loop.run([]() -> task<void> { co_await sleep_for(3ms); }());
  };
  const BroadcastOptions kept{.timeout = 1h};
  publish(kept);
  std::vector<std::string_view> told(5);
  publish({.timeout = 100ms, .on_outcome = [&](const DeliveryProgress& one) {
             EXPECT_EQ(told[one.index], "") << "twice";
             told[one.index] = to_string(one.outcome);
             if (one.outcome != PeerOutcome::not_started) return;
             for (int i = 0; i < 2; ++i) EXPECT_TRUE(broadcaster.publish(message_named("m"), kept));
           }});
  for (int i = 0; i < 2; ++i) publish(kept);
  loop.run([]() -> task<void> { co_await sleep_for(200ms); }());
  EXPECT_EQ(told, (std::vector<std::string_view>{"delivered", "delivered", "delivered", "not_started", "skipped"}));
}

/// Everything at once: no two runs of a callback for one receiver, none missing, and nothing kept in the end.
TEST(PaceChaos, EveryMessageHasOneOutcomeWhateverHappens) {
  for_each_seed(1, 400, [&](std::uint64_t seed) {
    Random random(seed);
    SimLoop loop(seed);
    SimNetwork network(loop, random.below(2) == 0);
    const SimTreatment faults[] = {{.there = 1ms},
                                   {.there = 1ms},
                                   {.there = 20ms},
                                   {.fate = SimFate::dropped},
                                   {.fate = SimFate::dropped, .deaf = 100ms},
                                   {.fate = SimFate::breaks, .there = 3ms},
                                   {.fate = SimFate::refused, .there = 1ms},
                                   refused,
                                   {.there = 700ms}};
    const std::size_t peers = 1 + random.below(6);
    for (std::size_t peer = 0; peer < peers; ++peer) network.add(faults[random.below(std::size(faults))]);
    if (random.below(3) == 0) network.add_unlinked("none");
    BroadcasterOptions options{.broadcasts_max = 1 + random.below(12), .seed = seed};
    for (auto& overflow : options.lanes.overflow) overflow = all_overflows[random.below(4)];
    options.lanes.limits.messages = 1 + random.below(40);
    options.lanes.limits.patience = std::chrono::milliseconds(random.below(3) * 40);
    if (random.below(2) == 0) options.bytes_max = 1 + random.below(2000);
    options.limits.per_target = 1 + random.below(4);
    Broadcaster broadcaster(loop, network.roster(), options);
    std::map<int, std::vector<int>> ends;
    std::vector<Ticket> tickets;
    int number = 0;
    int depth = 0;
    const std::function<void()> publish = [&] {
      const int mine = number++;
      const std::size_t receivers = broadcaster.roster().size();
      BroadcastOptions how{.timeout = 4s};
      if (random.below(3) == 0) how.limit = 1 + random.below(2);
      if (random.below(4) == 0) how.policy = DeliveryPolicy::fail_fast();
      if (random.below(4) == 0) how.policy = DeliveryPolicy::quorum(1 + random.below(2));
      if (random.below(3) == 0) how.key = "k" + std::to_string(random.below(2));
      if (random.below(5) == 0) how.timeout = std::chrono::milliseconds(random.below(30));
      if (random.below(5) == 0) how.expires_after = std::chrono::milliseconds(random.below(30));
      if (random.below(5) == 0) how.per_peer = std::chrono::milliseconds(10);
      how.stream_class = all_stream_classes[random.below(3)];
      ends[mine].assign(receivers, 0);
      how.on_outcome = [&, mine](const DeliveryProgress& progress) {
        ++ends[mine].at(progress.index);
        if (number < 500 && depth < 3 && random.below(4) == 0) {
          ++depth;
          publish();
          --depth;
        }
        if (random.below(100) == 0) {
          const std::size_t peer = random.below(peers);
          network.relink(peer, sim_always(faults[random.below(std::size(faults))]));
          broadcaster.set_roster(network.roster());
        }
      };
      auto ticket = broadcaster.publish(message_named("r" + std::to_string(mine % 3)), how);
      if (ticket) return tickets.push_back(*ticket);
      ends.erase(mine);
    };
    const auto all = [&]() -> task<void> {
      while (number < 500) {
        publish();
        if (random.below(3) == 0) co_await sleep_for(std::chrono::milliseconds(random.below(5)));
        if (random.below(20) == 0)
          co_await broadcaster.room(message_named("m"), {}, Deadline::after(loop.now(), 100ms));
      }
      for (const Ticket& ticket : tickets) {
        const Report report = co_await ticket.report();
        EXPECT_FALSE(report.outcomes.empty());
      }
      co_await sleep_for(10s);
    };
    ASSERT_TRUE(loop.run(all()).ok());
    for (const auto& [mine, counts] : ends) {
      for (const int count : counts) ASSERT_EQ(count, 1) << mine;
    }
    const BroadcasterMetrics metrics = broadcaster.metrics();
    ASSERT_EQ(metrics.broadcasts, 0U);
    ASSERT_EQ(metrics.bytes, 0U);
    ASSERT_EQ(metrics.retired_lanes, 0U);
    for (std::size_t index = 0; index < broadcaster.roster().size(); ++index) {
      const LaneMetrics lane = broadcaster.lane_metrics(index);
      ASSERT_EQ(lane.queued_messages, 0U);
      ASSERT_EQ(lane.queued_bytes, 0U);
      ASSERT_EQ(lane.batches, 0U);
    }
  });
}

}  // namespace
}  // namespace exocast
