// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/suspicions.h"

#include "testing/cluster/swim_fixture.h"

namespace exocast::swim {
namespace {

using namespace std::chrono_literals;
using enum MemberState;

class SuspicionsTest : public SwimFixture {
 protected:
  SuspicionsTest() {
    for (int i = 2; i <= 5; ++i) add("n" + std::to_string(i), i);
  }
  static Update update(std::uint32_t incarnation, MemberState state, std::string accuser = "") {
    return {.id = "n1",
            .address = address(1),
            .session = 1,
            .incarnation = incarnation,
            .state = state,
            .accuser = std::move(accuser)};
  }

  Suspicions suspicions = Suspicions(alarm, options.suspicion, self, table, gossip, awareness, metrics);
  MemberRecord& n1 = add("n1", 1);
};

TEST_F(SuspicionsTest, AnAccusedMemberIsNotifiedFirstAndIsGoneWhenItsTimeIsOver) {
  suspicions.accuse(n1);
  EXPECT_EQ(n1.member.state, suspect);
  EXPECT_TRUE(table.take_changed());
  EXPECT_EQ(suspicions.next(), alarm.now() + options.suspicion.most) << "there is one accuser";
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].to, n1.member.address);
  ASSERT_FALSE(sent[0].datagram.updates.empty());
  EXPECT_EQ(sent[0].datagram.updates[0].id, "n1");
  EXPECT_EQ(sent[0].datagram.updates[0].state, suspect);
  EXPECT_EQ(sent[0].datagram.updates[0].accuser, "self");
  EXPECT_LT(gossip.next(), TimePoint::max()) << "and the others soon";
  pass(options.suspicion.most - 1ms);
  suspicions.end_due();
  EXPECT_EQ(n1.member.state, suspect);
  pass(1ms);
  suspicions.end_due();
  EXPECT_EQ(n1.member.state, gone);
  EXPECT_EQ(suspicions.next(), TimePoint::max());
}

TEST_F(SuspicionsTest, ASignOfLifeBeginsTheTimeAgain) {
  suspicions.accuse(n1);
  pass(1s);
  n1.heard = alarm.now();
  pass(1s);
  suspicions.end_due();
  EXPECT_EQ(n1.member.state, suspect);
  EXPECT_EQ(suspicions.next(), alarm.now() + options.suspicion.most);
}

TEST_F(SuspicionsTest, FurtherAccusersShortenTheTime) {
  suspicions.apply(n1, update(0, suspect), "n2");
  const TimePoint of_one = suspicions.next();
  suspicions.apply(n1, update(0, suspect, "n2"), "n3");
  EXPECT_EQ(suspicions.next(), of_one) << "n3 repeats what n2 says";
  suspicions.apply(n1, update(0, suspect), "n3");
  EXPECT_LT(suspicions.next(), of_one);
  suspicions.accuse(n1);
  suspicions.apply(n1, update(0, suspect), "n4");
  EXPECT_EQ(suspicions.next(), alarm.now() + options.suspicion.least);
  EXPECT_EQ(metrics.suspicions, 1U);
}

TEST_F(SuspicionsTest, AHigherIncarnationEndsTheSuspicionAndALowerOneChangesNothing) {
  suspicions.apply(n1, update(3, suspect), "n2");
  suspicions.apply(n1, update(3, healthy), "n1");
  EXPECT_EQ(n1.member.state, suspect);
  suspicions.apply(n1, update(4, healthy), "n1");
  EXPECT_EQ(n1.member.state, healthy);
  EXPECT_EQ(n1.member.incarnation, 4U);
  EXPECT_EQ(metrics.false_suspicions, 1U);
  suspicions.apply(n1, update(3, gone), "n2");
  EXPECT_EQ(n1.member.state, healthy);
  suspicions.apply(n1, update(4 + 65'537, gone), "n2");
  EXPECT_EQ(n1.member.state, healthy);
  EXPECT_EQ(metrics.implausible, 1U);
  suspicions.apply(n1, update(4 + 65'536, left), "n2");
  EXPECT_EQ(n1.member.state, left);
}

TEST_F(SuspicionsTest, ThisNodeRefutesWhatOthersSayOfIt) {
  Update claim = self;
  claim.state = suspect;
  claim.incarnation = 7;
  suspicions.receive_own_state(claim);
  EXPECT_EQ(self.incarnation, 8U);
  EXPECT_EQ(metrics.local_health, 1U);
  EXPECT_LT(gossip.next(), TimePoint::max());
  suspicions.receive_own_state(claim);
  EXPECT_EQ(self.incarnation, 8U) << "refuted already";
  claim.incarnation = 8 + 65'537;
  suspicions.receive_own_state(claim);
  claim.incarnation = 9;
  claim.session = 2;
  suspicions.receive_own_state(claim);
  claim = self;
  suspicions.receive_own_state(claim);
  EXPECT_EQ(self.incarnation, 8U) << "implausible, of another run, healthy";
  EXPECT_EQ(metrics.refutations, 1U);
  EXPECT_EQ(metrics.implausible, 1U);
}

}  // namespace
}  // namespace exocast::swim
