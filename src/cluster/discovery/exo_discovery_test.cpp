// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/exo_discovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/cluster/discovery_fixture.h"
#include "testing/cluster/udp_fixture.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class ExoDiscoveryTest : public testing::Test {
 protected:
  std::unique_ptr<ExoDiscovery> start(std::string id, FoundCandidates& found, bool announce = false) {
    const AsioLoop::Entry inside(loop);
    Member self;
    self.id = std::move(id);
    self.address = {.host = "127.0.0.1", .port = 50051};
    self.capabilities = DeviceCapabilities{.model = "m", .chip = "c", .memory_mb = 7, .flops = {}};
    auto exo = ExoDiscovery::start(poller, self, found,
                                   {.port = port, .announce = announce, .announce_port = port, .interval = 10ms});
    EXPECT_TRUE(exo) << exo.error();
    return *std::move(exo);
  }
  void say(std::string_view bytes) { stranger.send({.host = "127.255.255.255", .port = port}, bytes); }
  static std::string datagram_of(std::string id, std::uint16_t grpc_port = 1000) {
    return encode(ExoDatagram{.node_id = std::move(id),
                              .grpc_port = grpc_port,
                              .capabilities = {.model = "Mac", .chip = "M4", .memory_mb = 65'536, .flops = {}},
                              .priority = 4,
                              .interface_name = "en0",
                              .interface_type = "Ethernet"});
  }

  AsioLoop loop;
  Poller poller{loop};
  RawUdp stranger{loop};
  const std::uint16_t port = free_udp_port();
  FoundCandidates found;
};

TEST_F(ExoDiscoveryTest, HearsExosNodesWhereTheirDatagramsComeFromAndIsSilent) {
  const auto exo = start("me", found);
  say(datagram_of("a", 1234));
  EXPECT_TRUE(eventually(loop, [&] { return found.ids().contains("a"); }));
  const Candidate heard = found.last("a");
  EXPECT_EQ(heard.address, (PeerAddress{.host = "127.0.0.1", .port = 1234}));
  EXPECT_EQ(heard.kind, NodeKind::exo);
  EXPECT_EQ(heard.source, "exo");
  EXPECT_EQ(heard.capabilities->chip, "M4");
  EXPECT_EQ(exo->metrics().sent_total, 0U);
}

TEST_F(ExoDiscoveryTest, SeveralOnOneMachineHearTheSame) {
  FoundCandidates also_found;
  const auto one = start("one", found);
  const auto other = start("other", also_found);
  say(datagram_of("a"));
  EXPECT_TRUE(eventually(loop, [&] { return found.ids().contains("a") && also_found.ids().contains("a"); }));
}

TEST_F(ExoDiscoveryTest, AnnouncesAsExoDoesOnlyIfAskedTo) {
  FoundCandidates heard_by_announcer;
  const auto silent = start("silent", found);
  const auto announcing = start("announcing", heard_by_announcer, true);
  EXPECT_TRUE(eventually(loop, [&] { return found.count("announcing") >= 3; }));
  EXPECT_THAT(heard_by_announcer.ids(), ElementsAre());  // neither itself nor another node
  EXPECT_EQ(found.last("announcing").address, (PeerAddress{.host = "127.0.0.1", .port = 50051}));
  EXPECT_EQ(found.last("announcing").capabilities->memory_mb, 7);
  EXPECT_EQ(silent->metrics().sent_total, 0U);
}

TEST_F(ExoDiscoveryTest, IgnoresItselfAndGarbage) {
  const auto exo = start("me", found);
  say(datagram_of("me"));
  say("garbage");
  say(std::string(5000, ' ') + datagram_of("b"));
  say(datagram_of("a"));
  EXPECT_TRUE(eventually(loop, [&] { return found.ids().contains("a"); }));
  EXPECT_THAT(found.ids(), ElementsAre("a"));
  EXPECT_EQ(exo->metrics().malformed_total, 2U);
}

TEST_F(ExoDiscoveryTest, TellsOnABoundedNumberOfInventedNodes) {
  const auto exo = start("me", found);
  for (int i = 0; i < 1100; ++i) {
    say(datagram_of("n" + std::to_string(i)));
    if (i % 20 == 0)
      eventually(loop, [&, i] {
        return exo->metrics().heard_total + exo->metrics().no_room_total > static_cast<std::size_t>(i);
      });
  }
  EXPECT_TRUE(eventually(loop, [&] { return exo->metrics().heard_total + exo->metrics().no_room_total == 1100; }));
  EXPECT_EQ(found.ids().size(), ExoDiscovery::candidates_max);
}

TEST_F(ExoDiscoveryTest, SaysInOneLineWhyItCannotStart) {
  const AsioLoop::Entry inside(loop);
  boost::asio::ip::udp::socket taken(loop.context(), {boost::asio::ip::udp::v4(), port});  // exclusive, as exo opens it
  Member self;
  self.address = {.host = "127.0.0.1", .port = 50051};
  EXPECT_THAT(ExoDiscovery::start(poller, self, found, {.port = port}).error(),
              HasSubstr(std::to_string(port) + ": Address already in use"));
}

}  // namespace
}  // namespace exocast
