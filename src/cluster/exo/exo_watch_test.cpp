// SPDX-License-Identifier: Apache-2.0
#include "cluster/exo/exo_watch.h"

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "exocast/gather/wait.h"
#include "testing/cluster/scripted_exo.h"
#include "testing/for_each_seed.h"
#include "testing/sim_loop.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Candidate candidate(std::string id, const PeerAddress& address, std::string_view source = "exo") {
  return {
      .id = std::move(id), .address = address, .kind = NodeKind::exo, .capabilities = std::nullopt, .source = source};
}

class ExoWatchTest : public testing::Test {
 protected:
  /// Scripted nodes on virtual time, and a watch over them.
  struct World {
    explicit World(std::uint64_t seed, const ExoWatchOptions& options = {})
        : loop(seed), watch(loop, [this](const PeerAddress& to) { return exo.link(to); }, options, seed) {
      watch.on_change([this] { ++changes; });
    }
    void pass(Duration time) {
      loop.run([](Duration time) -> task<void> { co_await sleep_for(time); }(time));
    }
    /// Checks every millisecond; returns the time until `id` has `state`, or 1 min.
    Duration until(std::string_view id, std::string_view state) {
      const TimePoint start = loop.now();
      while (state_of(id) != state && loop.now() - start < 1min) pass(1ms);
      return loop.now() - start;
    }
    std::string state_of(std::string_view id) const {
      for (const Member& member : watch.members()) {
        if (member.id == id) return std::string(to_string(member.state));
      }
      return "unknown";
    }

    SimLoop loop;
    ScriptedExo exo;
    int changes = 0;
    ExoWatch watch;
  };
  const PeerAddress a{"10.0.0.1", 50051};
  const PeerAddress b{"10.0.0.2", 50051};
  const PeerAddress evil{"10.0.0.66", 50051};
};

TEST_F(ExoWatchTest, ACandidateIsAMemberOnceItHasAnswered) {
  World world(1);
  world.exo.at(a).silent = true;
  world.watch.join(candidate("a", a));
  world.pass(3s);
  EXPECT_THAT(world.watch.members(), IsEmpty());
  EXPECT_EQ(world.changes, 0);
  world.exo.at(a).silent = false;
  EXPECT_LE(world.until("a", "healthy"), 3s);
  const Member member = world.watch.members().front();
  EXPECT_EQ(member.address, a);
  EXPECT_EQ(member.kind, NodeKind::exo);
  EXPECT_EQ(member.source, "exo");
  EXPECT_EQ(world.changes, 1);
}

TEST_F(ExoWatchTest, ANewOneIsAskedAtOnce) {
  World world(1);
  world.pass(100ms);
  world.watch.join(candidate("a", a));
  EXPECT_LE(world.until("a", "healthy"), 10ms);
}

TEST_F(ExoWatchTest, AStoppedNodeIsSuspectWithinASecondAndGoneWithinThreeAndBackWithinOne) {
  for_each_seed(1, 200, [&](std::uint64_t seed) {
    World world(seed);
    world.watch.join(candidate("a", a));
    world.pass(10s + world.loop.random("stop").between(0s, 1s));
    world.exo.at(a).silent = true;
    const Duration suspect = world.until("a", "suspect");
    EXPECT_LE(suspect, 1s);
    EXPECT_LE(suspect + world.until("a", "gone"), 3s);
    world.watch.join(candidate("a", a));
    world.pass(10s);
    world.exo.at(a).silent = false;  // like a process that continues after a stop: it answers the pending calls
    world.exo.release(a);
    EXPECT_LE(world.until("a", "healthy"), 1s);
  });
}

TEST_F(ExoWatchTest, AKilledNodeIsNoticedAsFast) {
  for_each_seed(1, 200, [&](std::uint64_t seed) {
    World world(seed);
    world.watch.join(candidate("a", a));
    world.pass(10s + world.loop.random("stop").between(0s, 1s));
    world.exo.at(a).refuses = true;
    const Duration suspect = world.until("a", "suspect");
    EXPECT_LE(suspect, 1s);
    EXPECT_LE(suspect + world.until("a", "gone"), 3s);
    world.exo.at(a).refuses = false;
    EXPECT_LE(world.until("a", "healthy"), 1s);
  });
}

TEST_F(ExoWatchTest, PausesOf200MillisecondsAreNoSuspicion) {
  for_each_seed(1, 100, [&](std::uint64_t seed) {
    World world(seed);
    world.watch.join(candidate("a", a));
    Random random = world.loop.random("pauses");
    for (int pause = 0; pause < 50; ++pause) {
      world.pass(random.between(0s, 1s));
      world.exo.at(a).delay = 200ms;
      world.pass(200ms);
      world.exo.at(a).delay = 1ms;
    }
    EXPECT_EQ(world.changes, 1);
  });
}

TEST_F(ExoWatchTest, ANodeThatAlwaysAnswersLateIsNotSuspectedForIt) {
  World world(1);
  world.exo.at(a).delay = 1200ms;
  world.watch.join(candidate("a", a));
  world.pass(60s);
  const int changes = world.changes;
  world.pass(600s);
  EXPECT_EQ(world.changes, changes);
  EXPECT_EQ(world.state_of("a"), "healthy");
}

TEST_F(ExoWatchTest, UnreachableEntriesDelayNoneOfTheOthers) {
  World world(1);
  for (int i = 0; i < 500; ++i) {
    const PeerAddress black_hole{"192.0.2.1", static_cast<std::uint16_t>(1 + i)};
    world.exo.at(black_hole).silent = true;
    world.watch.join(candidate("hole" + std::to_string(i), black_hole, "file"));
  }
  world.watch.join(candidate("the last", a, "file"));
  EXPECT_LE(world.until("the last", "healthy"), 10ms);
  world.pass(20s);
  EXPECT_EQ(world.changes, 1);
  EXPECT_GE(world.exo.at(a).asked, 35);  // every half second, as if it were alone
}

TEST_F(ExoWatchTest, ANodeIsAskedOneQuestionAtATime) {
  World world(1);
  world.exo.at(a).silent = true;
  world.watch.join(candidate("a", a));
  world.pass(30s);
  EXPECT_EQ(world.exo.at(a).most_at_once, 1);
}

TEST_F(ExoWatchTest, AForgedDatagramTakesNoMembersAddress) {
  World world(1);
  world.watch.join(candidate("a", a));
  world.pass(1s);
  for (int i = 0; i < 20; ++i) {
    world.watch.join(candidate("a", evil));  // ignored, although it would answer
    world.pass(100ms);
  }
  EXPECT_EQ(world.watch.members().front().address, a);
  EXPECT_EQ(world.exo.at(evil).asked, 0);
  EXPECT_EQ(world.watch.metrics().refused_addresses_total, 20U);

  world.exo.at(a).silent = true;  // also while it is only suspect
  world.until("a", "suspect");
  world.watch.join(candidate("a", evil));
  world.exo.at(a).silent = false;
  world.until("a", "healthy");
  EXPECT_EQ(world.watch.members().front().address, a);
  EXPECT_EQ(world.exo.at(evil).asked, 0);
}

TEST_F(ExoWatchTest, ANodeThatIsGoneMayComeBackElsewhere) {
  World world(1);
  world.watch.join(candidate("a", a));
  world.pass(1s);
  world.exo.at(a).refuses = true;
  world.until("a", "gone");
  world.watch.join(candidate("a", b));
  EXPECT_LE(world.until("a", "healthy"), 1s);
  ASSERT_EQ(world.watch.members().size(), 1U);
  EXPECT_EQ(world.watch.members().front().address, b);
  world.exo.at(a).refuses = false;
  world.pass(5s);
  EXPECT_EQ(world.watch.members().front().address, b);
}

TEST_F(ExoWatchTest, OfSeveralAddressesOfOneIdTheFirstThatAnswersIsBelieved) {
  World world(1);
  world.exo.at(evil).refuses = true;
  world.watch.join(candidate("a", evil));  // forged, before the node itself was found
  world.watch.join(candidate("a", a));
  world.until("a", "healthy");
  EXPECT_EQ(world.watch.members().front().address, a);
  EXPECT_EQ(world.watch.metrics().nodes, 1U);
}

TEST_F(ExoWatchTest, WhatAFileDoesNotListAnyMoreIsAMemberNoMore) {
  World world(1);
  world.watch.join(candidate("a", a, "file"));
  world.watch.join(candidate("b", b, "file"));
  world.pass(1s);
  world.watch.withdraw(candidate("a", a, "file"));
  EXPECT_EQ(world.state_of("a"), "unknown");
  EXPECT_EQ(world.changes, 3);
  const int asked = world.exo.at(a).asked;
  world.pass(10s);
  EXPECT_EQ(world.exo.at(a).asked, asked);
  EXPECT_EQ(world.state_of("b"), "healthy");
}

TEST_F(ExoWatchTest, ForgetsWhoNeitherAnswersNorIsTold) {
  World world(1);
  world.exo.at(b).silent = true;
  world.watch.join(candidate("a", a));
  world.watch.join(candidate("b", b));
  world.pass(40s);
  EXPECT_EQ(world.watch.metrics().nodes, 1U);  // a answers, although no discovery reports it any more
  world.exo.at(a).silent = true;
  world.pass(20s);
  EXPECT_EQ(world.state_of("a"), "gone");
  world.pass(20s);
  EXPECT_EQ(world.watch.metrics().nodes, 0U);
  world.pass(10s);
  EXPECT_THAT(world.watch.members(), IsEmpty());
}

TEST_F(ExoWatchTest, AsksABoundedNumberOfNodesAndAddresses) {
  World world(1, {.nodes_max = 10});
  for (std::uint16_t port = 1; port <= 20; ++port) {
    const PeerAddress made_up{"10.6.6.6", port};
    world.exo.at(made_up).silent = true;
    world.watch.join(candidate("made up", made_up));
  }
  EXPECT_EQ(world.watch.metrics().nodes, ExoWatch::addresses_max);
  for (int i = 0; i < 20; ++i) world.watch.join(candidate("n" + std::to_string(i), a));
  EXPECT_EQ(world.watch.metrics().nodes, 10U);
  EXPECT_EQ(world.watch.metrics().no_room_total, 30U);
}

TEST_F(ExoWatchTest, AnUnhealthyAnswerIsNone) {
  World world(1);
  world.exo.at(a).healthy = false;
  world.watch.join(candidate("a", a));
  world.pass(5s);
  EXPECT_THAT(world.watch.members(), IsEmpty());
  EXPECT_GT(world.watch.metrics().failed_checks_total, 5U);
}

TEST_F(ExoWatchTest, EntriesWithoutAnIdAreNamedByTheirAddress) {
  World world(1);
  world.watch.join(candidate("", a, "file"));
  EXPECT_LE(world.until("10.0.0.1:50051", "healthy"), 10ms);
}

TEST_F(ExoWatchTest, MayBeDestroyedWhileItAsks) {
  SimLoop loop(1);
  ScriptedExo exo;
  exo.at(a).silent = true;
  auto watch =
      std::make_unique<ExoWatch>(loop, [&](const PeerAddress& to) { return exo.link(to); }, ExoWatchOptions{}, 1);
  watch->join(candidate("a", a));
  EXPECT_EQ(exo.at(a).now, 1);
  watch.reset();
  EXPECT_EQ(exo.at(a).now, 0);
}

}  // namespace
}  // namespace exocast
