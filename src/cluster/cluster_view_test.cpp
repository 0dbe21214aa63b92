// SPDX-License-Identifier: Apache-2.0
#include "cluster/cluster_view.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exocast {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;

constexpr TimePoint start{seconds(100)};

Member member(std::string id, NodeKind kind = NodeKind::exocast, MemberState state = MemberState::healthy,
              TimePoint since = start) {
  Member made;
  made.id = std::move(id);
  made.address = {.host = made.id, .port = 50051};
  made.kind = kind;
  made.state = state;
  made.session = 7;
  made.since = since;
  return made;
}

std::vector<std::string> ids(const std::vector<Member>& members) {
  std::vector<std::string> found;
  for (const Member& one : members) found.push_back(one.id);
  return found;
}

TEST(ClusterView, MergesBothListsById) {
  const auto all = merged({member("b"), member("d")}, {member("c", NodeKind::exo), member("a", NodeKind::exo)});
  EXPECT_THAT(ids(all), ElementsAre("a", "b", "c", "d"));
}

TEST(ClusterView, ANodeThatSpeaksBothCountsAsOneOfOurs) {
  const auto all = merged({member("a")}, {member("a", NodeKind::exo)});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].kind, NodeKind::exocast);
}

TEST(ClusterView, ANodeThatCameBackAsExosIsThere) {
  for (const MemberState state : {MemberState::gone, MemberState::left}) {
    const auto all = merged({member("a", NodeKind::exocast, state)}, {member("a", NodeKind::exo)});
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].kind, NodeKind::exo);
    EXPECT_EQ(all[0].state, MemberState::healthy);
  }
}

TEST(ClusterView, OfSeveralIdsAtOneAddressTheOneThatIsThereCountsThenOursThenTheLatest) {
  const auto same = [](Member one) {
    one.address = {.host = "10.0.0.1", .port = 50051};
    return one;
  };
  const Member first = same(member("z"));
  const Member later = same(member("y", NodeKind::exocast, MemberState::healthy, start + seconds(1)));
  const Member gone = same(member("x", NodeKind::exocast, MemberState::gone, start + seconds(2)));
  const Member alias = same(member("a", NodeKind::exo, MemberState::healthy, start + seconds(3)));
  EXPECT_THAT(ids(merged({first, gone}, {alias})), ElementsAre("z"));
  EXPECT_THAT(ids(merged({first, later, gone}, {alias})), ElementsAre("y"));
  EXPECT_THAT(ids(merged({gone}, {alias})), ElementsAre("a"));
}

TEST(ClusterView, ACandidateWithTheIdOrTheAddressOfOneOfOursIsOurs) {
  const auto is_ours = [](const Member& known, const char* id, const char* host, Duration later = {}) {
    Candidate told;
    told.id = id;
    told.address = {.host = host, .port = 50051};
    return is_one_of_ours(told, {known}, start + later);
  };
  EXPECT_TRUE(is_ours(member("a"), "a", "other"));
  EXPECT_TRUE(is_ours(member("a"), "other", "a"));
  EXPECT_TRUE(is_ours(member("a"), "", "a"));
  EXPECT_FALSE(is_ours(member("a"), "b", "b"));
  EXPECT_FALSE(is_ours(member("a", NodeKind::exo), "a", "a"));
  EXPECT_TRUE(is_ours(member("a", NodeKind::exocast, MemberState::suspect), "a", "a"));
  EXPECT_FALSE(is_ours(member("a", NodeKind::exocast, MemberState::gone), "a", "a"));
  EXPECT_TRUE(is_ours(member("a", NodeKind::exocast, MemberState::left), "a", "a", seconds(4)));
  EXPECT_FALSE(is_ours(member("a", NodeKind::exocast, MemberState::left), "a", "a", seconds(5)));
}

TEST(ClusterView, SuspectsAreReceiversAndThoseWhoLeftAreNot) {
  const auto receivers = receivers_of({member("healthy"), member("left", NodeKind::exocast, MemberState::left),
                                       member("suspect", NodeKind::exocast, MemberState::suspect)},
                                      start, seconds(2));
  EXPECT_THAT(ids(receivers.members), ElementsAre("healthy", "suspect"));
  EXPECT_EQ(receivers.until, TimePoint::max());
}

TEST(ClusterView, WhoIsGoneDropsOutAfterTheDelayAndNotBefore) {
  const std::vector<Member> members{member("first", NodeKind::exo, MemberState::gone, start - seconds(1)),
                                    member("later", NodeKind::exo, MemberState::gone, start)};
  const auto now = receivers_of(members, start, seconds(2));
  EXPECT_THAT(ids(now.members), ElementsAre("first", "later"));
  EXPECT_EQ(now.until, start + seconds(1));
  EXPECT_THAT(ids(receivers_of(members, now.until - Duration(1), seconds(2)).members), ElementsAre("first", "later"));
  EXPECT_THAT(ids(receivers_of(members, now.until, seconds(2)).members), ElementsAre("later"));
  EXPECT_THAT(ids(receivers_of(members, start, seconds(0)).members), ElementsAre());
}

TEST(ClusterView, ARestartOrAnotherAddressIsAnotherReceiverAndAStateIsNot) {
  const std::vector<Member> before{member("a")};
  auto after = before;
  after[0].state = MemberState::suspect;
  after[0].incarnation = 9;
  EXPECT_TRUE(same_receivers(before, after));
  after[0].session = 8;
  EXPECT_FALSE(same_receivers(before, after));
  after = before;
  after[0].address.port = 1;
  EXPECT_FALSE(same_receivers(before, after));
  EXPECT_FALSE(same_receivers(before, {}));
}

}  // namespace
}  // namespace exocast
