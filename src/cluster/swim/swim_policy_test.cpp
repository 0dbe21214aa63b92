// SPDX-License-Identifier: Apache-2.0
// The parts of the membership without a network: suspicion, round trips, news, the ring, probes.
#include <array>
#include <map>

#include <gtest/gtest.h>

#include "cluster/swim/gossip_queue.h"
#include "cluster/swim/member_table.h"
#include "cluster/swim/probes.h"
#include "cluster/swim/rtt.h"
#include "cluster/swim/suspicion.h"

namespace exocast::swim {
namespace {

using namespace std::chrono_literals;
constexpr TimePoint t0 = TimePoint(1h);
using Sent = GossipQueue::Sent;
constexpr SuspicionLimits limits = {.least = 1s, .most = 2s};

TEST(Suspicion, BecomesShorterWithEveryAccuserAndCountsEachOnce) {
  Suspicion suspicion(t0, limits, "a", 10);
  EXPECT_EQ(suspicion.ends(), t0 + 2s);
  EXPECT_FALSE(suspicion.confirm("a"));
  EXPECT_EQ(suspicion.ends(), t0 + 2s);
  EXPECT_TRUE(suspicion.confirm("b"));
  EXPECT_EQ(suspicion.ends(), t0 + 1500ms) << "log 2 / log 4";
  EXPECT_TRUE(suspicion.confirm("c"));
  EXPECT_LT(suspicion.ends(), t0 + 1300ms);
  EXPECT_TRUE(suspicion.confirm("d"));
  EXPECT_EQ(suspicion.ends(), t0 + 1s);
  EXPECT_FALSE(suspicion.confirm("e")) << "tells nothing new";
  EXPECT_EQ(suspicion.accuser(), "d");
}

TEST(Suspicion, WithNobodyWhoCouldConfirmItIsShort) {
  EXPECT_EQ(Suspicion(t0, limits, "a", 0).ends(), t0 + 1s);
  Suspicion one(t0, limits, "a", 1);
  EXPECT_EQ(one.ends(), t0 + 2s);
  EXPECT_TRUE(one.confirm("b"));
  EXPECT_EQ(one.ends(), t0 + 1s);
}

TEST(RoundTrip, FollowsRfc6298) {
  RoundTrip round_trip;
  EXPECT_EQ(round_trip.timeout(), 0ms);
  round_trip.add(8ms);
  EXPECT_EQ(round_trip.timeout(), 24ms);
  for (int i = 0; i < 100; ++i) round_trip.add(8ms);
  EXPECT_LT(round_trip.timeout(), 9ms);
}

TEST(GossipQueue, TellsEachOftenEnoughTheLeastToldFirst) {
  GossipQueue queue;
  std::array<GossipQueue::Item, 3> news;
  for (auto& item : news) queue.add(item);
  std::map<const GossipQueue::Item*, std::size_t> told;
  const auto tell_one = [&] {
    std::size_t room = 1;
    queue.send(8, [&](const GossipQueue::Item& item) {
      if (room == 0) return Sent::no_room;
      --room;
      ++told[&item];
      return Sent::sent;
    });
  };
  for (int i = 0; i < 3; ++i) tell_one();
  for (const auto& item : news) EXPECT_EQ(told[&item], 1U);
  for (int i = 0; i < 100; ++i) tell_one();
  EXPECT_TRUE(queue.empty());
  for (const auto& item : news) EXPECT_EQ(told[&item], GossipQueue::times(8));
}

TEST(GossipQueue, FreshNewsBeginAgainAndTheForgottenAreNotTold) {
  GossipQueue queue;
  GossipQueue::Item a;
  queue.add(a);
  queue.add(a);
  std::size_t told = 0;
  const auto tell = [&] { queue.send(1, [&](const GossipQueue::Item&) { return ++told, Sent::sent; }); };
  tell();
  EXPECT_EQ(told, 1U) << "once at a time, whatever was added";
  queue.add(a);
  for (int i = 0; i < 10; ++i) tell();
  EXPECT_EQ(told, 1 + GossipQueue::times(1));
  EXPECT_FALSE(a.queued());
  {
    GossipQueue::Item forgotten;
    queue.add(forgotten);
  }
  EXPECT_TRUE(queue.empty());
}

TEST(GossipQueue, WhatIsNotForSomebodyIsPassedOverAndDoesNotCount) {
  GossipQueue queue;
  std::array<GossipQueue::Item, 2> news;
  for (auto& item : news) queue.add(item);
  std::size_t told = 0;
  const auto tell = [&](Sent first) {
    queue.send(1, [&](const GossipQueue::Item& item) {
      if (&item == &news[0]) return first;
      ++told;
      return Sent::sent;
    });
  };
  for (std::size_t i = 0; i < GossipQueue::times(1); ++i) tell(Sent::not_for_receiver);
  EXPECT_EQ(told, GossipQueue::times(1));
  EXPECT_TRUE(news[0].queued());
  EXPECT_FALSE(news[1].queued());
  for (std::size_t i = 0; i < GossipQueue::times(1); ++i) tell(Sent::sent);
  EXPECT_FALSE(news[0].queued());
}

TEST(GossipQueue, WhatIsToldOftenEnoughForASmallerClusterEndsWithIt) {
  GossipQueue queue;
  GossipQueue::Item a;
  queue.add(a);
  const auto tell = [&](std::size_t members) {
    queue.send(members, [](const GossipQueue::Item&) { return Sent::sent; });
  };
  for (int i = 0; i < 30; ++i) tell(1000);
  EXPECT_TRUE(a.queued());
  tell(1);
  EXPECT_FALSE(a.queued());
}

Member named(std::string id) {
  Member member;
  member.id = std::move(id);
  return member;
}

TEST(MemberTable, EachNodeIsAskedByTheTwoBeforeItOnTheRing) {
  const std::vector<std::string> ids = {"a", "b", "c", "d", "e", "f"};
  std::map<std::string, std::size_t> asked;
  for (const std::string& self : ids) {
    MemberTable table(self);
    for (const std::string& id : ids) {
      if (id != self) table.add(named(id));
    }
    for (const MemberRecord* known : table.successors(2, 4)) ++asked[known->member.id];
  }
  for (const std::string& id : ids) EXPECT_EQ(asked[id], 2U) << id;
}

TEST(MemberTable, SuspectsAreAskedTooAndDoNotCount) {
  MemberTable table("self");
  for (const char* id : {"a", "b", "c", "d", "e"}) table.add(named(id));
  const auto before = table.successors(2, 4);
  table.set_state(*before[0], MemberState::suspect, t0);
  EXPECT_EQ(table.successors(2, 4).size(), 3U);
  EXPECT_EQ(table.suspects().size(), 1U);
  table.set_state(*before[0], MemberState::gone, t0);
  EXPECT_EQ(table.successors(2, 4).size(), 2U);
  EXPECT_NE(table.successors(2, 4)[0], before[0]);
  EXPECT_EQ(table.live().size(), 4U);
  EXPECT_TRUE(table.suspects().empty());
  table.set_state(*before[0], MemberState::healthy, t0);
  EXPECT_EQ(table.successors(2, 4), before);
}

TEST(MemberTable, ForgetsTheOldestDeadBeyondTheBound) {
  MemberTable table("self");
  for (int i = 0; i < 5; ++i) {
    table.set_state(table.add(named(std::to_string(i))), i < 4 ? MemberState::gone : MemberState::healthy, t0 + i * 1s);
  }
  EXPECT_EQ(table.forget(t0, 4), 0U);
  EXPECT_EQ(table.forget(t0 + 1s, 4), 1U) << "too long ago";
  EXPECT_EQ(table.forget(t0, 2), 1U) << "too many";
  EXPECT_EQ(table.find("1"), nullptr);
  EXPECT_NE(table.find("2"), nullptr);
  EXPECT_EQ(table.count(MemberState::gone), 2U);
  EXPECT_EQ(table.count(MemberState::healthy), 1U);
}

TEST(MemberTable, FindsEachOfManyAndNobodyElseWhoeverIsForgotten) {
  MemberTable table("self");
  for (int i = 0; i < 1000; ++i) {
    MemberRecord& known = table.add(named(std::to_string(i)));
    if (i % 3 == 0) table.set_state(known, MemberState::gone, t0);
  }
  EXPECT_EQ(table.forget(t0 + 1s, 1000), 334U);
  for (int i = 0; i < 1000; ++i) {
    const MemberRecord* known = table.find(std::to_string(i));
    ASSERT_EQ(known != nullptr, i % 3 != 0) << i;
    if (known != nullptr) ASSERT_EQ(known->member.id, std::to_string(i));
  }
  EXPECT_EQ(table.find("1000"), nullptr);
  EXPECT_EQ(table.find(""), nullptr);
}

TEST(MemberTable, TheHigherIncarnationSupersedesThenTheWorseState) {
  Member member = named("a");
  member.incarnation = 5;
  member.state = MemberState::suspect;
  const auto news = [](std::uint32_t incarnation, MemberState state) {
    return Update{.id = "a", .incarnation = incarnation, .state = state};
  };
  EXPECT_TRUE(supersedes(news(6, MemberState::healthy), member));
  EXPECT_TRUE(supersedes(news(5, MemberState::gone), member));
  EXPECT_FALSE(supersedes(news(5, MemberState::suspect), member));
  EXPECT_FALSE(supersedes(news(5, MemberState::healthy), member));
  EXPECT_FALSE(supersedes(news(4, MemberState::left), member));
}

TEST(Probes, AsksWaitForRoomAndAnAddressIsAskedOnceAtATime) {
  Probes probes;
  const auto waiting = [](int i) {
    return Probes::Waiting{
        .address = {.host = "10.0.0.1", .port = static_cast<std::uint16_t>(i)}, .id = "", .source = "lan"};
  };
  for (int i = 1; i <= 100; ++i) EXPECT_TRUE(probes.wait(waiting(i), 100));
  EXPECT_TRUE(probes.wait(waiting(1), 100)) << "is in the line already";
  EXPECT_FALSE(probes.wait(waiting(101), 100)) << "no room";
  std::uint64_t number = 0;
  while (const auto next = probes.admit()) {
    probes.put(++number, {.purpose = Probe::Purpose::identify, .to = next->address, .next = t0 + number * 1ms});
  }
  EXPECT_EQ(number, Probes::identify_max);
  EXPECT_EQ(probes.next(), t0 + 1ms);
  EXPECT_EQ(probes.due(t0), 0U);
  EXPECT_EQ(probes.due(t0 + 1ms), 1U);
  EXPECT_TRUE(probes.take(1).has_value());
  EXPECT_FALSE(probes.take(1).has_value());
  EXPECT_TRUE(probes.admit().has_value());
  EXPECT_TRUE(probes.wait(waiting(1), 100)) << "may be asked again";
  EXPECT_EQ(probes.count(Probe::Purpose::identify), Probes::identify_max - 1);
}

}  // namespace
}  // namespace exocast::swim
