// SPDX-License-Identifier: Apache-2.0
// The promises on real sockets: a broadcaster over link/exo to servers on loopback. A small set; most cases are
// simulated.
#include <deque>
#include <memory>
#include <ranges>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/asio_loop.h"
#include "exocast/broadcaster.h"
#include "exocast/gather/event.h"
#include "exocast/gather/gather.h"
#include "exocast/gather/wait.h"
#include "link/exo/exo_client.h"
#include "link/exo/exo_server.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

/// A node that accepts each message after a delay.
class SlowNode final : public ExoHandler {
 public:
  explicit SlowNode(Duration delay) : delay_(delay) {}
  task<std::expected<void, Status>> accept(Message message) override {
    if (delay_ > 0ms) co_await sleep_for(delay_);
    accepted.emplace_back(message.request_id());
    co_return std::expected<void, Status>();
  }
  Topology topology() override { return {}; }
  bool healthy() override { return true; }

  std::vector<std::string> accepted;

 private:
  Duration delay_;
};

/// Nodes that accept a message only once all have it: a sequential broadcast would never end.
class Meeting final : public ExoHandler {
 public:
  explicit Meeting(std::size_t expected) : expected_(expected) {}
  task<std::expected<void, Status>> accept(Message) override {
    if (++come_ == expected_) all_came_.set();
    co_await all_came_.wait();
    co_return std::expected<void, Status>();
  }
  Topology topology() override { return {}; }
  bool healthy() override { return true; }

 private:
  std::size_t expected_;
  std::size_t come_ = 0;
  Event all_came_;
};

/// Servers and a roster of links to them, all on one loop.
struct SocketsTest : testing::Test {
  void serve(Duration delay) { serve(nodes.emplace_back(delay)); }
  void serve(ExoHandler& handler) {
    servers.push_back(ExoServer::start(loop, {.host = "127.0.0.1", .port = 0}, handler).value());
    link_to(servers.back()->address());
  }
  void link_to(const PeerAddress& address) {
    destinations.push_back({"n" + std::to_string(destinations.size()), to_string(address), client->link(address), ""});
  }
  Report broadcast(const std::string& name, const BroadcastOptions& options) {
    return std::move(loop.run(broadcaster().broadcast(message(name), options)).value());
  }
  Broadcaster broadcaster() { return {loop, Roster::make(destinations).value()}; }
  static Message message(const std::string& name) {
    return Message::token_result(name, std::vector<std::int32_t>{1, 2, 3}, true).value();
  }

  AsioLoop loop;
  std::deque<SlowNode> nodes;
  std::vector<std::unique_ptr<ExoServer>> servers;
  std::unique_ptr<ExoClient> client = std::make_unique<ExoClient>(loop);
  std::vector<Destination> destinations;
};

TEST_F(SocketsTest, ConcurrentEightReceiversThatWaitForEachOtherAllGetIt) {
  Meeting meeting(8);
  for (int i = 0; i < 8; ++i) serve(meeting);
  const Report report = broadcast("m", {});
  EXPECT_EQ(report.counts()[PeerOutcome::delivered], 8U);
  servers.clear();  // before the meeting
}

TEST_F(SocketsTest, IsolatedPunctualAndAccountedEachGetsItsOwnOutcomeByTheDeadline) {
  serve(0ms);
  serve(1h);
  serve(0ms);
  const PeerAddress gone = servers[2]->address();
  servers[2].reset();  // no listener any more
  serve(20ms);
  const Report report = broadcast("m", {.timeout = 5s});
  ASSERT_EQ(report.outcomes.size(), 4U);
  EXPECT_EQ(report.outcomes[0].outcome, PeerOutcome::delivered);
  EXPECT_EQ(report.outcomes[0].link, "exo");
  EXPECT_LT(report.outcomes[0].elapsed_ms, 4900) << "whatever the others do";
  EXPECT_EQ(report.outcomes[1].outcome, PeerOutcome::timed_out);
  EXPECT_EQ(report.outcomes[1].error, "no answer within 5000 ms");
  EXPECT_EQ(report.outcomes[2].outcome, PeerOutcome::failed);
  EXPECT_EQ(report.outcomes[2].code, StatusCode::unavailable);
  EXPECT_EQ(report.outcomes[2].address, to_string(gone));
  EXPECT_EQ(report.outcomes[3].outcome, PeerOutcome::delivered);
  EXPECT_GE(report.elapsed_ms, 5000);
  EXPECT_LT(report.elapsed_ms, 30'000) << "not the hour that one of them takes";
  EXPECT_EQ(nodes[0].accepted, std::vector<std::string>{"m"});
  EXPECT_TRUE(nodes[1].accepted.empty());
  EXPECT_EQ(nodes[3].accepted, std::vector<std::string>{"m"});
}

TEST_F(SocketsTest, OrderedBroadcastsAwaitedOneAfterAnotherArriveInTheirOrder) {
  for (int i = 0; i < 3; ++i) serve(0ms);
  std::vector<std::string> names;
  for (int i = 0; i < 50; ++i) names.push_back(std::to_string(i));
  Broadcaster broadcasts = broadcaster();
  const auto work = [&]() -> task<std::size_t> {
    std::size_t satisfied = 0;
    for (const std::string& name : names) {
      const Report report = co_await broadcasts.broadcast(message(name));
      satisfied += report.satisfied ? 1 : 0;
    }
    co_return satisfied;
  };
  EXPECT_EQ(loop.run(work()).value(), names.size());
  for (const SlowNode& node : nodes) EXPECT_EQ(node.accepted, names);
}

TEST_F(SocketsTest, BoundedAndStructuredManyBroadcastsAtOnceKeepTheLimitsAndLeaveNothing) {
  for (int i = 0; i < 4; ++i) serve(1ms);
  Broadcaster broadcasts(loop, Roster::make(destinations).value(),
                         {.limits = {.active = 6, .parked = 2, .per_target = 3}});
  std::size_t satisfied = 0;
  const auto all = [&]() -> task<void> {
    const auto one = [&](int number) -> task<void> {
      const Report report = co_await broadcasts.broadcast(message(std::to_string(number)));
      satisfied += report.satisfied ? 1 : 0;
    };
    co_await gather(std::views::iota(0, 32), one);
  };
  EXPECT_TRUE(loop.run(all()).ok());
  EXPECT_EQ(satisfied, 32U);
  const FairMetrics metrics = broadcasts.metrics().sends;
  EXPECT_EQ(metrics.granted_total, 32U * 4);
  EXPECT_LE(metrics.active_peak, 6U);
  EXPECT_LE(metrics.parked_peak, 2U);
  EXPECT_EQ(metrics.in_flight() + metrics.waiting, 0U);
  const AsioLoop::Entry inside = loop.enter();
  EXPECT_EQ(client->calls(), 0U);
}

}  // namespace
}  // namespace exocast
