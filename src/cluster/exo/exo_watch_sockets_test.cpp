// SPDX-License-Identifier: Apache-2.0
// ExoWatch over real gRPC, on loopback.
#include <gtest/gtest.h>

#include "cluster/exo/exo_watch.h"
#include "link/exo/exo_server.h"
#include "testing/cluster/udp_fixture.h"

namespace exocast {
namespace {

class Healthy final : public ExoHandler {
 public:
  task<std::expected<void, Status>> accept(Message /*message*/) override { co_return {}; }
  Topology topology() override { return {}; }
  bool healthy() override { return true; }
};

TEST(ExoWatchSockets, SeesANodeComeAndGoAndComeAgain) {
  AsioLoop loop;
  Healthy handler;
  const auto serve = [&](std::uint16_t port) {
    return ExoServer::start(loop, {.host = "127.0.0.1", .port = port}, handler).value();
  };
  auto server = serve(0);
  const PeerAddress address = server->address();
  {
    ExoClient client(loop);
    std::unique_ptr<ExoWatch> watch;
    const auto stands = [&](MemberState state) {
      return eventually(loop, [&] { return !watch->members().empty() && watch->members()[0].state == state; });
    };
    {
      const AsioLoop::Entry inside(loop);
      const auto link_to = [&](const PeerAddress& to) { return std::shared_ptr<ExoLink>(client.link(to)); };
      watch = std::make_unique<ExoWatch>(loop, link_to, ExoWatchOptions{.interval = std::chrono::milliseconds(20)}, 1);
      watch->join({.id = "a", .address = address, .capabilities = std::nullopt, .source = "exo"});
    }
    EXPECT_TRUE(stands(MemberState::healthy));
    server.reset();
    EXPECT_TRUE(stands(MemberState::suspect));
    EXPECT_TRUE(stands(MemberState::gone));
    server = serve(address.port);
    EXPECT_TRUE(stands(MemberState::healthy));
    const AsioLoop::Entry inside(loop);
    watch.reset();
  }
}

}  // namespace
}  // namespace exocast
