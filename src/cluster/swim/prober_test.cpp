// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/prober.h"

#include "testing/cluster/swim_fixture.h"

namespace exocast::swim {
namespace {

using namespace std::chrono_literals;
using Purpose = Probe::Purpose;

class ProberTest : public SwimFixture {
 protected:
  static Update sender(const MemberRecord& record) { return update_of(record); }
  static Datagram ack(std::uint64_t number, Update from) {
    return {.kind = DatagramKind::ack, .sender = std::move(from), .number = number};
  }
  std::size_t failures() {
    std::size_t count = 0;
    while (prober.take_failure()) ++count;
    return count;
  }

  Prober prober = Prober(alarm, options, random, self, table, gossip, awareness, metrics);
};

TEST_F(ProberTest, AnAckIsASignOfLifeAndEndsTheProbe) {
  MemberRecord& a = add("a", 1);
  prober.probe_members();
  prober.probe_members();
  const auto pings = take(DatagramKind::ping);
  ASSERT_EQ(pings.size(), 1U) << "one probe of a member at a time";
  EXPECT_EQ(pings[0].to, a.member.address);
  EXPECT_FALSE(pings[0].datagram.introduce);
  pass(10ms);
  EXPECT_FALSE(prober.receive_ack(ack(pings[0].datagram.number, sender(a))));
  EXPECT_EQ(a.heard, alarm.now());
  EXPECT_EQ(awareness.round_trip().smoothed(), 10ms);
  EXPECT_EQ(prober.next(), TimePoint::max());
  EXPECT_FALSE(prober.receive_ack(ack(pings[0].datagram.number, sender(a)))) << "a second one";
  EXPECT_EQ(metrics.acks, 1U);
}

TEST_F(ProberTest, ASilentMemberIsPingedAgainAndThroughHelpersAndThenHasFailed) {
  MemberRecord& a = add("a", 1);
  const MemberRecord& b = add("b", 2);
  prober.probe_members();
  for (const auto& ping : take(DatagramKind::ping)) {
    if (ping.to == b.member.address) prober.receive_ack(ack(ping.datagram.number, sender(b)));
  }
  pass(options.ack_timeout - 1ms);
  EXPECT_EQ(failures(), 0U);
  EXPECT_TRUE(sent.empty());
  pass(1ms);
  EXPECT_EQ(failures(), 0U);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[0].datagram.kind, DatagramKind::ping);
  EXPECT_EQ(sent[1].datagram.kind, DatagramKind::ping_request);
  EXPECT_EQ(sent[1].to, b.member.address);
  EXPECT_EQ(sent[1].datagram.about->id, "a");
  pass(options.verdict_timeout - options.ack_timeout);
  const auto failure = prober.take_failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(&failure->record, &a);
  EXPECT_EQ(failure->probe.purpose, Purpose::detect);
  EXPECT_EQ(metrics.local_health, 1U) << "the helper has sent neither ack nor nack";
  EXPECT_EQ(failures(), 0U);
}

TEST_F(ProberTest, AMemberThatWasHeardMeanwhileHasNotFailedAndANackSparesTheLocalHealth) {
  MemberRecord& a = add("a", 1);
  add("b", 2);
  for (const bool is_heard : {true, false}) {
    prober.probe_members();
    pass(options.ack_timeout);
    EXPECT_EQ(failures(), 0U);
    for (const auto& request : take(DatagramKind::ping_request)) prober.receive_nack(request.datagram.number);
    for (MemberRecord* record : table.live()) {
      if (is_heard || record != &a) record->heard = alarm.now();
    }
    pass(options.verdict_timeout - options.ack_timeout);
    EXPECT_EQ(failures(), is_heard ? 0U : 1U);
  }
  EXPECT_EQ(metrics.local_health, 0U);
}

TEST_F(ProberTest, AsksWaitForRoomAndAnAddressIsAskedOnceAtATime) {
  for (int i = 1; i <= 100; ++i) prober.identify(address(i), "", "lan", 1);
  const auto pings = take(DatagramKind::ping);
  ASSERT_EQ(pings.size(), Prober::identify_max);
  EXPECT_TRUE(pings[0].datagram.introduce);
  prober.identify(address(1), "", "lan", 1);
  prober.identify(address(100), "", "lan", 1);
  EXPECT_EQ(prober.next(), alarm.now() + options.verdict_timeout / 2);
  const auto answer = prober.receive_ack(ack(pings[0].datagram.number, {.id = "a", .session = 5}));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->who.id, "a");
  EXPECT_EQ(answer->who.address, address(1)) << "the one that was probed, whatever the sender says";
  EXPECT_EQ(answer->probe.source, "lan");
  prober.identify_waiting();
  EXPECT_EQ(take(DatagramKind::ping).size(), 1U);
  for (int i = 0; i < 10; ++i) {
    pass(options.verdict_timeout / 2);
    EXPECT_EQ(failures(), 0U) << "a candidate that is silent is no failure";
  }
  EXPECT_EQ(metrics.asks, 100U) << "each once";
  EXPECT_EQ(prober.next(), TimePoint::max());
  prober.identify(address(1), "", "lan", 1);
  EXPECT_EQ(metrics.asks, 101U) << "may be asked again";
}

TEST_F(ProberTest, MoreAddressesThanMembersMayBeAreRefused) {
  for (std::size_t i = 0; i < options.members_max + Prober::identify_max + 5; ++i) {
    prober.identify({.host = "10.1.0.1", .port = static_cast<std::uint16_t>(1 + i)}, "", "lan", 1);
  }
  EXPECT_EQ(metrics.refused, 5U);
}

TEST_F(ProberTest, RelaysTheAckOfTheNamedMemberAndANackIfThereIsNone) {
  const MemberRecord& requester = add("a", 1);
  const MemberRecord& named = add("b", 2);
  const Datagram request{.kind = DatagramKind::ping_request, .number = 77, .about = update_of(named)};
  prober.relay(requester, request);
  auto pings = take(DatagramKind::ping);
  ASSERT_EQ(pings.size(), 1U);
  EXPECT_EQ(pings[0].to, named.member.address);
  EXPECT_FALSE(prober.receive_ack(ack(pings[0].datagram.number, sender(requester)))) << "of another one";
  EXPECT_TRUE(sent.empty());
  EXPECT_FALSE(prober.receive_ack(ack(pings[0].datagram.number, sender(named))));
  const auto acks = take(DatagramKind::ack);
  ASSERT_EQ(acks.size(), 1U);
  EXPECT_EQ(acks[0].to, requester.member.address);
  EXPECT_EQ(acks[0].datagram.number, 77U);
  EXPECT_TRUE(acks[0].datagram.relayed);

  prober.relay(requester, request);
  pass(options.ack_timeout);
  EXPECT_EQ(failures(), 0U);
  const auto nacks = take(DatagramKind::nack);
  ASSERT_EQ(nacks.size(), 1U);
  EXPECT_EQ(nacks[0].to, requester.member.address);
  EXPECT_EQ(nacks[0].datagram.number, 77U);
}

TEST_F(ProberTest, AnotherNodeAtAMembersAddressIsACandidateAndTheProbeGoesOn) {
  const MemberRecord& a = add("a", 1);
  prober.probe_members();
  const std::uint64_t number = take(DatagramKind::ping).at(0).datagram.number;
  Update restarted = sender(a);
  restarted.session = 2;
  const auto answer = prober.receive_ack(ack(number, restarted));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->who.session, 2U);
  EXPECT_EQ(answer->probe.purpose, Purpose::identify);
  EXPECT_EQ(answer->probe.source, "gossip");
  EXPECT_NE(prober.next(), TimePoint::max());
}

TEST_F(ProberTest, AChallengedOwnerAnswersOrFailsAfterThreePings) {
  const MemberRecord& owner = add("a", 1);
  const Update claimant = {.id = "a", .address = address(9), .session = 2};
  prober.challenge(owner, claimant, std::nullopt, "lan");
  prober.challenge(owner, claimant, std::nullopt, "lan");
  auto pings = take(DatagramKind::ping);
  ASSERT_EQ(pings.size(), 1U) << "one challenge at a time";
  const auto answer = prober.receive_ack(ack(pings[0].datagram.number, sender(owner)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->probe.purpose, Purpose::challenge);
  EXPECT_EQ(answer->probe.claimant.address, address(9));

  prober.challenge(owner, claimant, std::nullopt, "lan");
  for (std::size_t i = 0; i < Prober::identify_pings; ++i) {
    EXPECT_EQ(failures(), 0U);
    pass(options.verdict_timeout / 2);
  }
  EXPECT_EQ(take(DatagramKind::ping).size(), Prober::identify_pings);
  const auto failure = prober.take_failure();
  ASSERT_TRUE(failure);
  EXPECT_EQ(&failure->record, &owner);
  EXPECT_EQ(failure->probe.purpose, Purpose::challenge);
}

}  // namespace
}  // namespace exocast::swim
