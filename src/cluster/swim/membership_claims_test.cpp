// SPDX-License-Identifier: Apache-2.0
// False claims: a taken id, another node's address, implausible news, invalid bytes.
#include <gtest/gtest.h>

#include "cluster/swim/datagram.h"
#include "testing/cluster/sim_cluster.h"
#include "testing/for_each_seed.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using enum MemberState;
using swim::Datagram;
using swim::DatagramKind;
using swim::DatagramWriter;
using swim::Update;

/// A machine that can send anything and answers nothing.
class Stranger final : public DatagramPort::Receiver {
 public:
  explicit Stranger(SimCluster& cluster) : machine(cluster.network.add({.host = "10.9.9.9", .port = 5680})) {
    machine.receive(this);
  }
  void received(const PeerAddress& /*from*/, std::string_view content) noexcept override {
    if (auto datagram = swim::read(content)) heard.push_back(*std::move(datagram));
  }
  void say(const PeerAddress& to, const Datagram& datagram, const std::vector<Update>& updates = {}) {
    DatagramWriter writer(datagram);
    for (const Update& update : updates) writer.add(update);
    machine.send(to, writer.bytes());
  }

  SimMachine& machine;
  std::vector<Datagram> heard;
};

/// The node's state, as it would report it.
Update update_of(const SimCluster::Node& node) {
  return {.id = node.id,
          .address = node.machine->address(),
          .session = node.session,
          .incarnation = node.membership->incarnation()};
}

TEST(MembershipClaims, ANewcomerWithATakenIdIsRefusedAndLearnsItAndTheFirstIsUntouched) {
  for_each_seed(1, 100, [](std::uint64_t seed) {
    SimCluster cluster(seed);
    cluster.make(4);
    cluster.add("n2");
    cluster.join(4, cluster.loop.random("to").below(4) == 2 ? 0 : cluster.loop.random("to").below(4));
    cluster.pass(5s);
    const SimCluster::Node& first = *cluster.nodes[2];
    for (const std::size_t i : {0U, 1U, 3U}) {
      const auto member = cluster.view(i, 2);
      ASSERT_TRUE(member);
      ASSERT_EQ(member->session, first.session);
      ASSERT_EQ(member->address, first.machine->address());
      ASSERT_EQ(member->state, healthy);
    }
    ASSERT_TRUE(first.conflicts.empty());
    ASSERT_FALSE(cluster.nodes[4]->conflicts.empty());
    ASSERT_EQ(cluster.nodes[4]->conflicts[0], first.machine->address());
    ASSERT_EQ(cluster.sum(&MembershipMetrics::suspicions), 0U);
  });
}

TEST(MembershipClaims, TwoThatAreAloneWithOneIdTellTheYoungerOne) {
  SimCluster cluster(1);
  cluster.add("twin");
  cluster.pass(1s);
  cluster.add("twin");
  for (const std::size_t from : {0U, 1U}) {
    cluster.nodes[from]->machine->enter();
    cluster.nodes[from]->membership->join(
        {.id = "", .address = cluster.nodes[1 - from]->machine->address(), .capabilities = {}, .source = "file"});
  }
  cluster.pass(1s);
  EXPECT_TRUE(cluster.nodes[0]->conflicts.empty());
  EXPECT_FALSE(cluster.nodes[1]->conflicts.empty());
}

TEST(MembershipClaims, ANodeThatStartsAgainElsewhereHasItsIdOnceItsFormerSelfDoesNotAnswer) {
  for_each_seed(1, 100, [](std::uint64_t seed) {
    SimCluster cluster(seed);
    cluster.make(4);
    cluster.kill(2);
    cluster.pass(cluster.loop.random("down").between(0ms, 5s));
    cluster.add("n2");
    cluster.join(4, 0);
    cluster.pass(2s);
    for (const std::size_t i : {0U, 1U, 3U}) {
      const auto member = cluster.view(i, 2);
      ASSERT_TRUE(member);
      ASSERT_EQ(member->session, cluster.nodes[4]->session);
      ASSERT_EQ(member->address, cluster.nodes[4]->machine->address());
      ASSERT_EQ(member->state, healthy);
    }
    ASSERT_EQ(cluster.nodes[4]->membership->count(healthy), 3U);
  });
}

TEST(MembershipClaims, AForgedDatagramMakesNoMemberAndMovesNone) {
  SimCluster cluster(1);
  cluster.make(3);
  Stranger stranger(cluster);
  const PeerAddress to = cluster.nodes[0]->machine->address();
  // News of n1 with another session, at the stranger's address; and of an invented node.
  Update moved = update_of(*cluster.nodes[1]);
  moved.address = stranger.machine.address();
  moved.session ^= 2;
  const Update invented = {.id = "invented", .address = {.host = "10.8.8.8", .port = 1}, .session = 5};
  for (int i = 0; i < 20; ++i) {
    stranger.say(to, {.kind = DatagramKind::ping, .sender = moved, .number = 7});
    stranger.say(to, {.kind = DatagramKind::ping, .sender = invented, .number = 7});
    // Both pieces of news, sent under a member's name.
    stranger.say(to, {.kind = DatagramKind::news, .sender = update_of(*cluster.nodes[2])}, {moved, invented});
    // An answer that nobody asked for.
    stranger.say(to, {.kind = DatagramKind::ack, .sender = invented, .number = 7});
    cluster.pass(500ms);
  }
  EXPECT_EQ(cluster.view(0, 1)->address, cluster.nodes[1]->machine->address());
  EXPECT_EQ(cluster.view(0, 1)->session, cluster.nodes[1]->session);
  EXPECT_TRUE(cluster.all_healthy()) << cluster.describe();
  EXPECT_EQ(cluster.nodes[0]->membership->members().size(), 2U);
}

TEST(MembershipClaims, ANodeThatIsThereContradictsWhoeverSaysThatItIsNot) {
  SimCluster cluster(1);
  cluster.make(3);
  Stranger stranger(cluster);
  for (const MemberState state : {suspect, gone, left}) {
    Update claim = update_of(*cluster.nodes[1]);
    claim.state = state;
    claim.incarnation += 10;
    stranger.say(cluster.nodes[0]->machine->address(),
                 {.kind = DatagramKind::news, .sender = update_of(*cluster.nodes[2])}, {claim});
    cluster.pass(2ms);
    EXPECT_EQ(cluster.view(0, 1)->state, state);
    cluster.pass(1s);
    EXPECT_TRUE(cluster.all_healthy()) << cluster.describe();
    EXPECT_EQ(cluster.nodes[1]->membership->incarnation(), claim.incarnation + 1);
  }
}

TEST(MembershipClaims, AnIncarnationThatNobodyCouldContradictIsNotBelieved) {
  SimCluster cluster(1);
  cluster.make(3);
  Stranger stranger(cluster);
  Update claim = update_of(*cluster.nodes[1]);
  claim.state = gone;
  claim.incarnation = UINT32_MAX;
  for (const auto& node : cluster.nodes) {
    stranger.say(node->machine->address(), {.kind = DatagramKind::news, .sender = update_of(*cluster.nodes[2])},
                 {claim});
  }
  cluster.pass(5s);
  EXPECT_TRUE(cluster.all_healthy());
  EXPECT_GE(cluster.sum(&MembershipMetrics::implausible), 2U);
}

TEST(MembershipClaims, ANumberThatWasTakenFarInSmallStepsIsSetRightByTheMemberItself) {
  for (const MemberState state : {gone, left}) {
    SimCluster cluster(1);
    cluster.make(3);
    Stranger stranger(cluster);
    std::vector<Update> claims;
    for (std::uint32_t i = 1; i <= 10; ++i) {
      claims.push_back(update_of(*cluster.nodes[1]));
      claims.back().state = state;
      claims.back().incarnation = i * 60'000;
    }
    stranger.say(cluster.nodes[0]->machine->address(),
                 {.kind = DatagramKind::news, .sender = update_of(*cluster.nodes[2])}, claims);
    cluster.pass(2ms);
    EXPECT_EQ(cluster.view(0, 1)->state, state);
    cluster.pass(3s);
    EXPECT_TRUE(cluster.all_healthy()) << cluster.describe();
  }
}

TEST(MembershipClaims, AStrangerIsAnsweredWithoutNewsAndGetsNoMembers) {
  SimCluster cluster(1);
  cluster.make(3);
  Stranger stranger(cluster);
  const Update self = {.id = "s", .address = stranger.machine.address(), .session = 5};
  const PeerAddress to = cluster.nodes[0]->machine->address();
  stranger.say(to, {.kind = DatagramKind::ping, .sender = self, .number = 7});
  stranger.say(to, {.kind = DatagramKind::sync_request, .sender = self, .number = 8});
  cluster.pass(2s);
  ASSERT_FALSE(stranger.heard.empty());
  for (const Datagram& datagram : stranger.heard) {
    EXPECT_TRUE(datagram.updates.empty());
    EXPECT_NE(datagram.kind, DatagramKind::sync);
  }
}

TEST(MembershipClaims, MoreCandidatesThanMembersMayBeAreRefusedAndCounted) {
  MembershipOptions options;
  options.members_max = 4;
  SimCluster cluster(1, {}, options);
  for (int i = 0; i < 8; ++i) cluster.add();
  for (std::size_t i = 1; i < 8; ++i) cluster.join(0, i);
  cluster.pass(5s);
  EXPECT_EQ(cluster.nodes[0]->membership->members().size(), 4U);
  EXPECT_GE(cluster.nodes[0]->membership->metrics().refused, 1U);
}

TEST(MembershipClaims, AnyBytesAreDroppedAndCountedAndChangeNothing) {
  for_each_seed(1, 20, [](std::uint64_t seed) {
    SimCluster cluster(seed);
    cluster.make(3);
    Stranger stranger(cluster);
    Random random = cluster.loop.random("bytes");
    const std::string good =
        DatagramWriter({.kind = DatagramKind::ping, .sender = update_of(*cluster.nodes[1]), .number = 1}).bytes();
    for (int i = 0; i < 2000; ++i) {
      std::string bytes = good;
      if (random.chance(0.3)) {
        bytes.resize(random.below(1400));
        for (char& c : bytes) c = static_cast<char>(random());
      }
      bytes.resize(1 + random.below(bytes.size() + 1));
      bytes[random.below(bytes.size())] = static_cast<char>(random());
      stranger.machine.send(cluster.nodes[0]->machine->address(), bytes);
      if (i % 100 == 0) cluster.pass(10ms);
    }
    cluster.pass(5s);
    std::uint64_t bad = 0;
    for (const std::uint64_t count : cluster.nodes[0]->membership->metrics().bad) bad += count;
    ASSERT_GE(bad, 1000U);
    ASSERT_TRUE(cluster.all_healthy()) << cluster.describe();
  });
}

TEST(MembershipClaims, NodesAtAddressesWithAZoneKnowEachOtherAndNoDatagramIsRefused) {
  SimCluster cluster(1);
  cluster.add();
  cluster.add("", {.host = "fe80::1%eth0", .port = 5680});
  cluster.add("", {.host = "fe80::2%eth0", .port = 5680});
  cluster.add();
  for (const std::size_t i : {1U, 2U, 3U}) cluster.join(i, 0);
  cluster.join(2, 1);  // gossip does not spread them, so a discovery has to find them
  cluster.pass(10s);
  EXPECT_TRUE(cluster.all_healthy()) << cluster.describe();
  EXPECT_EQ(cluster.view(0, 1)->address.host, "fe80::1%eth0");
  for (const Duration stopped : {Duration(1s), Duration(5s)}) {
    cluster.nodes[1]->machine->stop();
    cluster.pass(stopped);
    EXPECT_EQ(cluster.view(0, 1)->state, stopped < 2s ? suspect : gone);
    cluster.nodes[1]->machine->go_on();
    cluster.pass(1s);
    EXPECT_TRUE(cluster.all_healthy()) << cluster.describe();
  }
  for (const auto& node : cluster.nodes) {
    for (const std::uint64_t bad : node->membership->metrics().bad) EXPECT_EQ(bad, 0U) << node->id;
  }
}

}  // namespace
}  // namespace exocast
