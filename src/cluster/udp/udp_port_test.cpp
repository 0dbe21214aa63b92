// SPDX-License-Identifier: Apache-2.0
#include "cluster/udp/udp_port.h"

#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/cluster/udp_fixture.h"

namespace exocast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const ClusterKey key = *ClusterKey::from("a secret of the cluster");
const ClusterKey other_key = *ClusterKey::from("a secret of another one");

class Kept final : public DatagramPort::Receiver {
 public:
  void received(const PeerAddress& from, std::string_view content) noexcept override {
    contents.emplace_back(content);
    last_from = from;
  }
  std::vector<std::string> contents;
  PeerAddress last_from;
};

class UdpPortTest : public testing::Test {
 protected:
  std::unique_ptr<UdpPort> open(std::optional<ClusterKey> with = std::nullopt, const std::string& host = "127.0.0.1") {
    auto port = UdpPort::open(poller, {.host = host, .port = 0}, std::move(with));
    EXPECT_TRUE(port) << port.error();
    return *std::move(port);
  }
  static std::uint64_t refused(const UdpPort& port, EnvelopeFault fault) {
    return port.metrics().refused_total[static_cast<std::size_t>(fault)];
  }

  AsioLoop loop;
  Poller poller{loop};
  Kept kept;
};

TEST_F(UdpPortTest, CarriesContentFromAddressToAddress) {
  for (const char* host : {"127.0.0.1", "::1"}) {
    const auto near = open(key, host);
    const auto far = open(key, host);
    Kept got;
    far->receive(&got);
    near->send(far->address(), "hello");
    near->send(far->address(), std::string(DatagramPort::content_bytes_max, 'x'));
    EXPECT_TRUE(eventually(loop, [&] { return got.contents.size() == 2; }));
    EXPECT_THAT(got.contents, ElementsAre("hello", std::string(DatagramPort::content_bytes_max, 'x')));
    EXPECT_EQ(got.last_from, near->address());
  }
}

TEST_F(UdpPortTest, AtAllAddressesSpeaksBothFamilies) {
  const auto all = open(std::nullopt, "0.0.0.0");
  all->receive(&kept);
  const auto v4 = open();
  const auto v6 = open(std::nullopt, "::1");
  Kept at_v4;
  Kept at_v6;
  v4->receive(&at_v4);
  v6->receive(&at_v6);
  const std::uint16_t port = all->address().port;
  v4->send({.host = "127.0.0.1", .port = port}, "by 4");
  EXPECT_TRUE(eventually(loop, [&] { return kept.contents.size() == 1; }));
  EXPECT_EQ(kept.last_from, v4->address());
  v6->send({.host = "::1", .port = port}, "by 6");
  EXPECT_TRUE(eventually(loop, [&] { return kept.contents.size() == 2; }));
  EXPECT_EQ(kept.last_from, v6->address());
  all->send(v4->address(), "to 4");
  all->send(v6->address(), "to 6");
  EXPECT_TRUE(eventually(loop, [&] { return at_v4.contents.size() + at_v6.contents.size() == 2; }));
  EXPECT_EQ(at_v4.last_from, (PeerAddress{.host = "127.0.0.1", .port = port}));
  EXPECT_EQ(at_v6.last_from, (PeerAddress{.host = "::1", .port = port}));
}

TEST_F(UdpPortTest, CountsWhatItDoesNotTakeByTheReason) {
  const auto with_key = open(key);
  const auto without_key = open();
  const auto with_other = open(other_key);
  with_key->receive(&kept);
  without_key->receive(&kept);
  without_key->send(with_key->address(), "a");
  with_other->send(with_key->address(), "b");
  with_key->send(without_key->address(), "c");
  RawUdp stranger(loop);
  stranger.send(with_key->address(), "garbage");
  stranger.send(with_key->address(), std::string(1300, 'x'));
  EXPECT_TRUE(eventually(loop, [&] {
    return with_key->metrics().socket.received_total == 4 && without_key->metrics().socket.received_total == 1;
  }));
  EXPECT_EQ(refused(*with_key, EnvelopeFault::not_signed), 1U);
  EXPECT_EQ(refused(*with_key, EnvelopeFault::forged), 1U);
  EXPECT_EQ(refused(*with_key, EnvelopeFault::foreign), 1U);
  EXPECT_EQ(with_key->metrics().socket.oversized_total, 1U);
  EXPECT_EQ(refused(*without_key, EnvelopeFault::signed_there), 1U);
  EXPECT_TRUE(kept.contents.empty());
}

TEST_F(UdpPortTest, TakesARecordingOnce) {
  const auto port = open(key);
  port->receive(&kept);
  RawUdp recorder(loop);
  const std::string recording = seal("hello", Purpose::membership, &key, wall_now(), 1);
  for (int i = 0; i < 3; ++i) recorder.send(port->address(), recording);
  EXPECT_TRUE(eventually(loop, [&] { return port->metrics().socket.received_total == 3; }));
  EXPECT_THAT(kept.contents, ElementsAre("hello"));
  EXPECT_EQ(refused(*port, EnvelopeFault::replayed), 2U);
}

TEST_F(UdpPortTest, LetsOthersRunWhileItIsFlooded) {
  const auto port = open();
  port->receive(&kept);
  RawUdp flood(loop);
  const std::string datagram = seal("x", Purpose::membership, nullptr, wall_now(), 0);
  for (int i = 0; i < 3 * UdpSocket::reads_per_turn_max; ++i) flood.send(port->address(), datagram);
  std::vector<std::size_t> seen;  // the number received, after each turn of the loop
  const auto counting = [](const Kept& kept, std::vector<std::size_t>& seen) -> task<void> {
    while (kept.contents.size() < 3 * UdpSocket::reads_per_turn_max && seen.size() < 10'000) {
      co_await sleep_for(Duration::zero());
      seen.push_back(kept.contents.size());
    }
  };
  loop.run(counting(kept, seen));
  EXPECT_EQ(kept.contents.size(), 3U * UdpSocket::reads_per_turn_max);
  for (std::size_t i = 1; i < seen.size(); ++i) {
    EXPECT_LE(seen[i] - seen[i - 1], 2U * UdpSocket::reads_per_turn_max);
  }
}

TEST_F(UdpPortTest, SaysInOneLineWhyItCannotReceive) {
  const auto port = open();
  const auto taken = UdpPort::open(poller, port->address(), std::nullopt);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error(), "cannot receive on UDP " + to_string(port->address()) + ": Address already in use");
  EXPECT_THAT(UdpPort::open(poller, {.host = "some.name", .port = 1}, std::nullopt).error(),
              HasSubstr("UDP some.name:1: not a numeric address"));
  EXPECT_THAT(UdpPort::open(poller, {.host = "203.0.113.7", .port = 0}, std::nullopt).error(),
              HasSubstr("Cannot assign requested address"));
}

TEST_F(UdpPortTest, CountsWhatTheSystemDoesNotSend) {
  const auto port = open();  // bound to 127.0.0.1, which has no route to another machine
  port->send({.host = "203.0.113.7", .port = 9}, "x");
  EXPECT_EQ(port->metrics().socket.send_failures_total, 1U);
  EXPECT_EQ(port->metrics().socket.sent_total, 0U);
}

}  // namespace
}  // namespace exocast
