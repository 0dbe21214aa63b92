// SPDX-License-Identifier: Apache-2.0
// Nodes of a peers file, on loopback: they broadcast to the nodes they find, over links that are kept.
#include "node/node_cluster.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exocast/gather/wait.h"
#include "exocast/node.h"
#include "node/peer_rows.h"
#include "testing/node/running_node.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class NodeClusterTest : public testing::Test {
 protected:
  NodeClusterTest() { write({}); }
  ~NodeClusterTest() override { std::filesystem::remove(path_); }

  void write(const std::vector<Peer>& peers) {
    std::string entries;
    for (const Peer& peer : peers) {
      entries +=
          fmt::format(R"({}"{}":{{"address":"{}","port":{},"device_capabilities":{{"model":"m","chip":"c","memory":1,)"
                      R"("flops":{{"fp32":1,"fp16":1,"int8":1}}}}}})",
                      entries.empty() ? "" : ",", peer.id, peer.address.host, peer.address.port);
    }
    std::ofstream(path_) << R"({"peers":{)" << entries << "}}";
  }

  std::unique_ptr<Node> start(std::string id, std::uint16_t port = 0) {
    ClusterOptions cluster{.lan = std::nullopt, .peers_file = path_};
    cluster.membership = MembershipOptions::loopback();
    auto node = Node::start({.id = std::move(id),
                             .listen = PeerAddress{"127.0.0.1", port},
                             .cluster = cluster,
                             .metrics = true,
                             .accept_delay = accept_delay_});
    EXPECT_TRUE(node) << node.error();
    return *std::move(node);
  }

  /// Runs `node` until `condition` holds; false if it does not within 20 s.
  template <class Condition>
  static bool until(Node& node, Condition condition) {
    const auto wait = [&]() -> task<void> {
      const TimePoint end = node.loop().now() + 20s;
      while (!condition() && node.loop().now() < end) co_await sleep_for(5ms);
    };
    node.loop().run(wait());
    const auto inside = node.loop().enter();
    return condition();
  }
  static std::vector<std::string> told(Node& node) {
    std::vector<std::string> ids;
    for (const Destination& to : node.broadcaster().roster()) ids.push_back(to.id);
    return ids;
  }

  const std::string path_ =
      (std::filesystem::temp_directory_path() / fmt::format("exocast_node_cluster_{}.json", getpid())).string();
  Duration accept_delay_{};
};

TEST_F(NodeClusterTest, WhomItFindsItTellsAndTheReportNamesTheEpoch) {
  const auto b = start("b");
  const Running running(*b);
  write({{"b", *b->address(), {}}});
  const auto a = start("a");
  // A listed node may answer HealthCheck before it answers as an exocast node: that is another epoch.
  ASSERT_TRUE(until(*a, [&] {
    const auto& receivers = a->cluster()->receivers();
    return !receivers.empty() && receivers[0].kind == NodeKind::exocast;
  }));
  const auto report = a->loop().run(a->broadcaster().broadcast(*Message::opaque_status("1", "{}"), {.timeout = 20s}));
  ASSERT_TRUE(report->satisfied);
  EXPECT_EQ(report->outcomes[0].peer, "b");
  EXPECT_EQ(report->roster_epoch, a->cluster()->epoch());
  EXPECT_GE(report->roster_epoch, 1U);
}

TEST_F(NodeClusterTest, OneThatIsListedUnderAnotherNameIsToldOnceByItsOwn) {
  const auto b = start("b");
  const Running running(*b);
  write({{"alias", *b->address(), {}}});
  const auto a = start("a");
  ASSERT_TRUE(until(*a, [&] { return told(*a) == std::vector<std::string>{"b"}; }));
  const auto rows = peers_of(*a);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].state, "healthy");
}

TEST_F(NodeClusterTest, OneThatStartsAgainAtItsAddressIsToldOverTheLinkItHad) {
  auto b = start("b");
  const PeerAddress address = *b->address();
  write({{"b", address, {}}});
  const auto a = start("a");
  std::optional<Running> running(*b);
  ASSERT_TRUE(until(*a, [&] { return !told(*a).empty(); }));
  const Link* link = a->broadcaster().roster()[0].link.get();
  const std::uint64_t epoch = a->cluster()->epoch();
  running.reset();
  b.reset();
  b = start("b", address.port);
  running.emplace(*b);
  ASSERT_TRUE(until(*a, [&] { return a->cluster()->epoch() > epoch; }));
  EXPECT_THAT(told(*a), ElementsAre("b"));
  EXPECT_EQ(a->broadcaster().roster()[0].link.get(), link);
  const auto report = a->loop().run(a->broadcaster().broadcast(*Message::opaque_status("1", "{}"), {.timeout = 20s}));
  EXPECT_TRUE(report->satisfied) << report->first_error()->error;
  running.reset();
}

TEST_F(NodeClusterTest, ANodeEndsWhileItSendsAsksAndSaysGoodbye) {
  accept_delay_ = 1h;
  const auto b = start("b");
  write({{"b", *b->address(), {}}});
  auto a = start("a");
  {
    const Running running(*b);
    ASSERT_TRUE(until(*a, [&] { return !told(*a).empty(); }));
  }
  const auto begin = [&]() -> task<void> {
    Scope scope(a->loop());
    scope.spawn(a->broadcaster().broadcast(*Message::opaque_status("1", "{}"), {.timeout = 1h}), [](const auto&) {});
    scope.spawn(a->asker().ask(Question::health(), {.timeout = 1h}), [](const auto&) {});
    const auto ticket = a->broadcaster().publish(*Message::opaque_status("2", "{}"), {.timeout = 1h});
    scope.spawn(a->leave(Deadline::never()));
    co_await sleep_for(20ms);
  };
  a->loop().run(begin());
  a.reset();
}

}  // namespace
}  // namespace exocast
