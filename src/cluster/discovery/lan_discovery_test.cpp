// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/lan_discovery.h"

#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cluster/discovery/announcement.h"
#include "cluster/udp/udp_port.h"
#include "testing/cluster/discovery_fixture.h"
#include "testing/cluster/udp_fixture.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const ClusterKey key = *ClusterKey::from("a secret of the cluster");
const ClusterKey other_key = *ClusterKey::from("a secret of another one");

class LanDiscoveryTest : public testing::Test {
 protected:
  struct Node {
    Member self;
    FoundCandidates found;
    std::unique_ptr<LanDiscovery> lan;
  };

  /// A node on loopback that announces itself once or repeatedly, at a discovery port that only this test uses.
  std::unique_ptr<Node> start(std::string id, Duration interval = 1h, std::optional<ClusterKey> with = std::nullopt) {
    const AsioLoop::Entry inside(loop);
    auto node = std::make_unique<Node>();
    node->self.id = std::move(id);
    node->self.session = ++sessions;
    node->self.address = {.host = "127.0.0.1", .port = static_cast<std::uint16_t>(50'000 + sessions)};
    auto lan = LanDiscovery::start(poller, node->self, node->found,
                                   {.port = port, .interval = interval, .key = std::move(with)});
    EXPECT_TRUE(lan) << lan.error();
    node->lan = *std::move(lan);
    return node;
  }
  void say(std::string_view content, const ClusterKey* with = nullptr) {
    stranger.send({.host = "127.255.255.255", .port = port},
                  seal(content, Purpose::announcement, with, wall_now(), ++nonces));
  }
  static std::uint64_t refused(const Node& node, EnvelopeFault fault) {
    return node.lan->metrics().refused_total[static_cast<std::size_t>(fault)];
  }

  AsioLoop loop;
  Poller poller{loop};
  RawUdp stranger{loop};
  const std::uint16_t port = free_udp_port();
  std::uint64_t sessions = 0;
  std::uint64_t nonces = 0;
};

TEST_F(LanDiscoveryTest, NodesOfOneMachineAllHearEachOther) {
  std::vector<std::unique_ptr<Node>> nodes;
  for (const char* id : {"a", "b", "c", "d"}) nodes.push_back(start(id));
  EXPECT_TRUE(eventually(loop, [&] {
    return std::ranges::all_of(nodes, [](const auto& node) { return node->found.ids().size() == 3; });
  }));
  EXPECT_THAT(nodes[0]->found.ids(), UnorderedElementsAre("b", "c", "d"));
  EXPECT_THAT(nodes[3]->found.ids(), UnorderedElementsAre("a", "b", "c"));
  const Candidate heard = nodes[3]->found.last("a");
  EXPECT_EQ(heard.address, nodes[0]->self.address);
  EXPECT_EQ(heard.kind, NodeKind::exocast);
  EXPECT_EQ(heard.source, "lan");
}

TEST_F(LanDiscoveryTest, ANewcomerIsAnsweredAtOnce) {
  const auto old = start("old");
  ASSERT_TRUE(eventually(loop, [&] { return old->lan->metrics().announcements_total == 4; }));
  const auto newcomer = start("new");  // the old node makes no further announcement for an hour
  EXPECT_TRUE(eventually(loop, [&] { return newcomer->found.ids().contains("old"); }));
  EXPECT_EQ(newcomer->found.last("old").address, old->self.address);
  EXPECT_EQ(old->lan->metrics().answers_total, 1U);
  EXPECT_EQ(newcomer->lan->metrics().answers_total, 0U);  // answers are not answered
}

TEST_F(LanDiscoveryTest, AnnouncesAgainAndAgain) {
  const auto near = start("near", 10ms);
  const auto far = start("far");
  EXPECT_TRUE(eventually(loop, [&] { return far->found.count("near") >= 10; }));
  EXPECT_EQ(far->lan->metrics().newcomers_total, 1U);
}

TEST_F(LanDiscoveryTest, TellsOnARestartedNodeButNotItself) {
  const auto node = start("a");
  say(encode({.id = "a", .session = node->self.session, .port = 1}));
  say(encode({.id = "a", .session = 99, .port = 2}));
  EXPECT_TRUE(eventually(loop, [&] { return node->found.ids().contains("a"); }));
  EXPECT_EQ(node->found.last("a").address.port, 2);
}

TEST_F(LanDiscoveryTest, TellsOnOneOfTheCopiesOfAnAnnouncement) {
  const auto node = start("a");
  for (int copy = 0; copy < 3; ++copy) say(encode({.id = "b", .session = 99, .port = 2, .number = 5}));
  say(encode({.id = "c", .session = 98, .port = 3}));
  EXPECT_TRUE(eventually(loop, [&] { return node->found.ids().contains("c"); }));
  EXPECT_EQ(node->found.count("b"), 1U);
}

TEST_F(LanDiscoveryTest, WithAKeyHearsOnlyThoseThatHaveIt) {
  const auto with_key = start("a", 10ms, key);
  const auto also_with_key = start("b", 10ms, key);
  const auto without_key = start("c", 10ms);
  const auto with_other = start("d", 10ms, other_key);
  EXPECT_TRUE(eventually(loop, [&] {
    return refused(*with_key, EnvelopeFault::not_signed) > 0 && refused(*with_key, EnvelopeFault::forged) > 0 &&
           refused(*without_key, EnvelopeFault::signed_there) > 0 && with_key->found.count("b") > 2;
  }));
  EXPECT_THAT(with_key->found.ids(), ElementsAre("b"));
  EXPECT_THAT(without_key->found.ids(), IsEmpty());
  EXPECT_THAT(with_other->found.ids(), IsEmpty());
}

TEST_F(LanDiscoveryTest, CountsGarbageAndGoesOn) {
  const auto node = start("a", 1h, key);
  say("garbage", &key);
  say(std::string(1000, 'x'), &key);
  stranger.send({.host = "127.255.255.255", .port = port}, "garbage");
  say(encode({.id = "b", .session = 9, .port = 1}), &key);
  EXPECT_TRUE(eventually(loop, [&] { return node->found.ids().contains("b"); }));
  EXPECT_EQ(node->lan->metrics().malformed_total, 2U);
  EXPECT_EQ(refused(*node, EnvelopeFault::foreign), 1U);
}

TEST_F(LanDiscoveryTest, SaysInOneLineWhyItCannotStart) {
  const AsioLoop::Entry inside(loop);
  FoundCandidates found;
  Member self;
  self.id = "a";
  self.address = {.host = "127.0.0.1", .port = 1};
  self.session = 1;
  boost::asio::ip::udp::socket taken(loop.context(), {boost::asio::ip::udp::v4(), port});  // exclusive
  EXPECT_THAT(LanDiscovery::start(poller, self, found, {.port = port}).error(),
              HasSubstr("cannot receive on UDP 0.0.0.0:" + std::to_string(port) + ": Address already in use"));
  self.address.host = "some.name";
  EXPECT_THAT(LanDiscovery::start(poller, self, found, {.port = port}).error(), HasSubstr("not a numeric address"));
}

}  // namespace
}  // namespace exocast
