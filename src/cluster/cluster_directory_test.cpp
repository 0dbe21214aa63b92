// SPDX-License-Identifier: Apache-2.0
// The directory over real memberships on a simulated network, with scripted exo nodes.
#include "cluster/cluster_directory.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/cluster/scripted_exo.h"
#include "testing/cluster/sim_cluster.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// Node n0 has the directory. n1 is another exocast node, which also answers HealthCheck. Neither knows the other.
class ClusterTest : public testing::Test {
 protected:
  ClusterTest() {
    nodes.add();
    nodes.add();
    watch.emplace(machine(), [this](const PeerAddress& to) { return exo.link(to); }, ExoWatchOptions(), 1);
    list.emplace(machine(), *nodes.nodes[0]->membership, *watch, ClusterOptions().shrink_delay);
    list->on_receivers([this] { ++changes; });
  }

  SimMachine& machine() { return *nodes.nodes[0]->machine; }
  PeerAddress ours() const { return nodes.nodes[1]->machine->address(); }

  static Candidate candidate(std::string id, const PeerAddress& address, NodeKind kind) {
    return {.id = std::move(id), .address = address, .kind = kind, .capabilities = std::nullopt, .source = "test"};
  }
  void found(const Candidate& one) {
    machine().enter();
    list->found(one);
  }
  /// A discovery that reports `one` repeatedly for `time`; calls `look` after each step.
  template <class Look>
  void keep_finding(const Candidate& one, Duration time, Look&& look) {
    for (const TimePoint end = nodes.loop.now() + time; nodes.loop.now() < end; look()) {
      found(one);
      nodes.pass(20ms);
    }
  }
  void keep_finding(const Candidate& one, Duration time) {
    keep_finding(one, time, [] {});
  }

  std::vector<std::string> receivers() const {
    std::vector<std::string> words;
    for (const Member& member : list->receivers()) {
      words.push_back(member.id + " " + std::string(to_string(member.kind)));
    }
    return words;
  }
  MemberState state_of(std::string_view id) const {
    for (const Member& member : list->members()) {
      if (member.id == id) return member.state;
    }
    return MemberState::left;
  }

  SimCluster nodes{1};
  ScriptedExo exo;
  std::size_t changes = 0;
  std::optional<ExoWatch> watch;
  std::optional<ClusterDirectory> list;
  const PeerAddress theirs{"10.9.0.1", 50051};
};

TEST_F(ClusterTest, OneOfOursIsAMemberOnceItHasAnsweredAndIsNotWatchedAsExos) {
  found(candidate("n1", ours(), NodeKind::exocast));
  EXPECT_THAT(receivers(), IsEmpty());
  EXPECT_EQ(list->epoch(), 0U);
  nodes.pass(2s);
  EXPECT_THAT(receivers(), ElementsAre("n1 exocast"));
  EXPECT_EQ(exo.at(ours()).asked, 0);
}

TEST_F(ClusterTest, OneOfExosIsAMemberOnceItHasAnsweredAndIsSentNoDatagram) {
  found(candidate("x", theirs, NodeKind::exo));
  EXPECT_THAT(receivers(), IsEmpty());
  nodes.pass(2s);
  EXPECT_THAT(receivers(), ElementsAre("x exo"));
  EXPECT_EQ(machine().sent(), 0U);
}

TEST_F(ClusterTest, WhoIsOnlyListedIsWhatItAnswersAs) {
  found(candidate("n1", ours(), NodeKind::unknown));
  found(candidate("x", theirs, NodeKind::unknown));
  nodes.pass(2s);
  EXPECT_THAT(receivers(), ElementsAre("n1 exocast", "x exo"));
}

TEST_F(ClusterTest, OneOfOursThatIsListedIsAskedForItsHealthNoMore) {
  const PeerAddress also_ours{"10.9.0.2", 5680};  // its second address, reported by a discovery
  for (const PeerAddress& address : {ours(), also_ours}) {
    found(candidate("n1", ours(), NodeKind::exocast));
    keep_finding(candidate("n1", address, NodeKind::unknown), 2s);
    const int asked = exo.at(address).asked;
    keep_finding(candidate("n1", address, NodeKind::unknown), 10s);
    EXPECT_EQ(exo.at(address).asked, asked) << to_string(address);
  }
  EXPECT_EQ(watch->metrics().nodes, 0U);
}

TEST_F(ClusterTest, OneOfOursThatIsSuspectIsNotAskedForItsHealth) {
  keep_finding(candidate("n1", ours(), NodeKind::unknown), 2s);
  const int asked = exo.at(ours()).asked;
  nodes.nodes[1]->machine->stop();
  const auto suspected = [&] { return state_of("n1") == MemberState::suspect; };
  nodes.until(suspected, 2s);
  ASSERT_TRUE(suspected());
  keep_finding(candidate("n1", ours(), NodeKind::unknown), 200ms);
  EXPECT_EQ(exo.at(ours()).asked, asked);
}

TEST_F(ClusterTest, AnAddressThatIsListedUnderAnotherNameIsToldOnce) {
  exo.at(ours()).delay = 0ms;  // it answers exo's protocol first
  keep_finding(candidate("alias", ours(), NodeKind::unknown), 3s, [&] { ASSERT_LE(list->receivers().size(), 1U); });
  EXPECT_THAT(receivers(), ElementsAre("n1 exocast"));
}

TEST_F(ClusterTest, WhoHasSaidGoodbyeDoesNotComeBackAsExosWhileItEnds) {
  const Candidate listed = candidate("n1", ours(), NodeKind::unknown);
  keep_finding(listed, 2s);
  ASSERT_THAT(receivers(), ElementsAre("n1 exocast"));
  nodes.nodes[1]->machine->enter();
  nodes.loop.run(nodes.nodes[1]->membership->leave(Deadline::after(nodes.loop.now(), 500ms)));
  const std::uint64_t epoch = list->epoch();
  EXPECT_THAT(receivers(), IsEmpty());
  keep_finding(listed, 1500ms);  // its servers still answer
  exo.at(ours()).refuses = true;
  keep_finding(listed, 10s);
  EXPECT_EQ(list->epoch(), epoch);
}

TEST_F(ClusterTest, OneOfExosMayTurnOutToBeOursAndBeExosAgain) {
  const Candidate listed = candidate("n1", ours(), NodeKind::unknown);
  nodes.kill(1);
  keep_finding(listed, 2s);
  ASSERT_THAT(receivers(), ElementsAre("n1 exo"));
  nodes.start(1);
  keep_finding(listed, 2s, [&] { ASSERT_EQ(list->receivers().size(), 1U); });
  ASSERT_THAT(receivers(), ElementsAre("n1 exocast"));
  nodes.kill(1);
  keep_finding(listed, 6s, [&] { ASSERT_EQ(list->receivers().size(), 1U); });
  EXPECT_THAT(receivers(), ElementsAre("n1 exo"));
}

TEST_F(ClusterTest, WhoIsGoneDropsOutAfterTheDelayThoughNothingElseHappens) {
  found(candidate("x", theirs, NodeKind::exo));
  nodes.pass(2s);
  exo.at(theirs).refuses = true;
  nodes.until([&] { return state_of("x") == MemberState::gone; }, 10s);
  EXPECT_THAT(receivers(), ElementsAre("x exo"));
  const TimePoint gone = list->members().front().since;
  nodes.until([&] { return list->receivers().empty(); }, 10s);
  EXPECT_EQ(list->epoch(), 2U);
  EXPECT_GE(nodes.loop.now() - gone, ClusterOptions().shrink_delay);
  EXPECT_LE(nodes.loop.now() - gone, ClusterOptions().shrink_delay + 10ms);
}

TEST_F(ClusterTest, WhoIsBackBeforeTheDelayWasNeverOut) {
  found(candidate("x", theirs, NodeKind::exo));
  nodes.pass(2s);
  exo.at(theirs).refuses = true;
  nodes.until([&] { return state_of("x") == MemberState::gone; }, 10s);
  exo.at(theirs).refuses = false;
  nodes.pass(10s);
  EXPECT_THAT(receivers(), ElementsAre("x exo"));
  EXPECT_EQ(list->epoch(), 1U);
}

TEST_F(ClusterTest, AnEpochIsOneChangeOfTheReceiversAndARestartIsOne) {
  found(candidate("n1", ours(), NodeKind::exocast));
  nodes.pass(2s);
  EXPECT_EQ(list->epoch(), 1U);
  nodes.kill(1);
  nodes.start(1);
  nodes.join(1, 0);
  nodes.pass(2s);
  EXPECT_EQ(list->epoch(), 2U);
  EXPECT_EQ(changes, 2U);
  EXPECT_EQ(list->receivers().front().session, nodes.nodes[1]->session);
}

TEST_F(ClusterTest, AnEntryThatIsWithdrawnIsOutIfItIsExosAndStaysIfItIsOursAndAnswers) {
  found(candidate("n1", ours(), NodeKind::unknown));
  found(candidate("x", theirs, NodeKind::unknown));
  nodes.pass(2s);
  list->withdrawn(candidate("n1", ours(), NodeKind::unknown));
  list->withdrawn(candidate("x", theirs, NodeKind::unknown));
  EXPECT_THAT(receivers(), ElementsAre("n1 exocast"));
  nodes.pass(10s);
  EXPECT_THAT(receivers(), ElementsAre("n1 exocast"));
}

TEST_F(ClusterTest, WhatItListensToOutlivesIt) {
  found(candidate("n1", ours(), NodeKind::exocast));
  found(candidate("x", theirs, NodeKind::exo));
  nodes.pass(2s);
  list.reset();
  nodes.kill(1);
  exo.at(theirs).refuses = true;
  nodes.pass(10s);
  EXPECT_EQ(watch->members().front().state, MemberState::gone);
}

}  // namespace
}  // namespace exocast
