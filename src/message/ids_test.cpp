// SPDX-License-Identifier: Apache-2.0
#include "exocast/ids.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace exocast {
namespace {

using testing::HasSubstr;

std::string address_error(std::string_view text, std::uint16_t lowest_port = 1) {
  const auto address = parse_address(text, lowest_port);
  return address ? "accepted as " + to_string(*address) : address.error();
}

std::string peer_error(std::string_view text) {
  const auto peer = parse_peer(text);
  return peer ? "accepted" : peer.error();
}

TEST(BroadcastIds, AreThirtyTwoHexDigitsAndDoNotRepeat) {
  BroadcastIds ids;
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = ids.next();
    ASSERT_EQ(id.size(), 32U);
    ASSERT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos) << id;
    ASSERT_TRUE(seen.insert(id).second) << id;
  }
}

TEST(BroadcastIds, RepeatWithTheSameSeedAndOnlyThen) {
  BroadcastIds a(42);
  BroadcastIds b(42);
  BroadcastIds c(43);
  const std::string first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(first, c.next());
  EXPECT_NE(BroadcastIds().next(), BroadcastIds().next());
}

TEST(PeerAddress, IsReadAndPrintedTheSame) {
  for (const char* text : {"127.0.0.1:50051", "localhost:1", "[::1]:65535", "[fe80::1%eth0]:50051", "a-b_c.example.:80",
                           "[::ffff:10.0.0.1]:9", "n1:50051"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << address.error();
    EXPECT_EQ(to_string(*address), text);
  }
  EXPECT_EQ(parse_address("[::1]:50051"), (PeerAddress{"::1", 50051}));
}

TEST(PeerAddress, PortsOutOfRangeAreNamed) {
  EXPECT_EQ(address_error("n1:0"), "'n1:0': port 0 is not in 1..65535");
  EXPECT_EQ(address_error("n1:65536"), "'n1:65536': port 65536 is not in 1..65535");
  EXPECT_THAT(address_error("n1:99999999999999999999999"), HasSubstr("is not in 1..65535"));
  EXPECT_THAT(address_error("n1:-1"), HasSubstr("port '-1' is not a number"));
  EXPECT_THAT(address_error("n1:+1"), HasSubstr("port '+1' is not a number"));
  EXPECT_THAT(address_error("n1:1 "), HasSubstr("is not a number"));
  EXPECT_THAT(address_error("n1:"), HasSubstr("the port is missing"));
}

TEST(PeerAddress, PortZeroIsForListenersOnly) {
  EXPECT_EQ(parse_address("127.0.0.1:0", 0), (PeerAddress{"127.0.0.1", 0}));
  EXPECT_THAT(address_error("127.0.0.1:0"), HasSubstr("not in 1..65535"));
  EXPECT_THAT(address_error("127.0.0.1:65536", 0), HasSubstr("not in 0..65535"));
}

TEST(PeerAddress, AMissingPartIsNamed) {
  EXPECT_EQ(address_error(""), "'': the port is missing (host:port)");
  EXPECT_EQ(address_error("n1"), "'n1': the port is missing (host:port)");
  EXPECT_EQ(address_error("[::1]"), "'[::1]': the port is missing (host:port)");
  EXPECT_EQ(address_error(":50051"), "':50051': the host is missing");
}

TEST(PeerAddress, Ipv6NeedsBracketsToTellThePort) {
  EXPECT_EQ(address_error("::1:50051"), "'::1:50051': an IPv6 address needs brackets: [::1]:50051");
  for (const char* text : {"[::1:50051", "[]:1", "[::g]:1", "[::1%]:1", "[1.2.3.4]:1", "[[::1]]:1", "[::1%a b]:1"}) {
    EXPECT_THAT(address_error(text), HasSubstr("is not an IPv6 address")) << text;
  }
  EXPECT_THAT(address_error(std::string_view("[::1\0]:1", 8)), HasSubstr("is not an IPv6 address"));
}

TEST(PeerAddress, HostsThatCannotExistAreRefused) {
  EXPECT_THAT(address_error("300.1.1.1:1"), HasSubstr("'300.1.1.1' is not an IPv4 address"));
  EXPECT_THAT(address_error("1.2.3:1"), HasSubstr("is not an IPv4 address"));
  for (const std::string& host : {std::string("a..b"), std::string("-a"), std::string("a-"), std::string("a b"),
                                  std::string("a/b"), std::string("h\xC3\xA9"), std::string(64, 'a'), std::string("."),
                                  std::string("a@b"), std::string("a\nb"), std::string("a\0b", 3)}) {
    const std::string error = address_error(host + ":1");
    EXPECT_TRUE(error.contains("is not a host name") || error.contains("is not an IPv4 address")) << error;
  }
}

TEST(PeerAddress, AHostileTextIsQuotedOnOneShortLine) {
  const std::string error = address_error("\x1B[31m\n" + std::string(1'000'000, ':'));
  EXPECT_LT(columns(error), 200U);
  EXPECT_EQ(to_line(error), error);
}

TEST(PeerAddress, ALongNameIsRefusedAtTheLimitOfTheDns) {
  std::string name;
  for (int i = 0; i < 126; ++i) name += "a.";
  EXPECT_TRUE(parse_host(name + "a"));
  EXPECT_TRUE(parse_host(name + "a."));
  EXPECT_FALSE(parse_host(name + "ab"));
}

TEST(PeerArgument, HasAnIdAndAnAddress) {
  const auto peer = parse_peer("n1=[::1]:50051");
  ASSERT_TRUE(peer) << peer.error();
  EXPECT_EQ(*peer, (Peer{"n1", {"::1", 50051}, std::nullopt}));
  EXPECT_EQ(parse_peer("rack=3=h:1")->id, "rack=3");
}

TEST(PeerArgument, EveryFaultIsNamed) {
  EXPECT_EQ(peer_error("n1"), "'n1': expected id=host:port");
  EXPECT_EQ(peer_error("=h:1"), "'=h:1': the id is missing");
  EXPECT_EQ(peer_error("n1="), "'n1=': the port is missing (host:port)");
  EXPECT_EQ(peer_error("n1=h:x"), "'n1=h:x': port 'x' is not a number");
  EXPECT_THAT(peer_error("a\tb=h:1"), HasSubstr("the id has a control character"));
  EXPECT_THAT(peer_error("a\xFF=h:1"), HasSubstr("the id is not UTF-8"));
  EXPECT_THAT(peer_error(std::string(256, 'a') + "=h:1"), HasSubstr("the id is longer than 255 bytes"));
}

TEST(PeerId, MayBeAnyShortPrintableText) {
  for (const char* id : {"n1", "node 1", "\xC3\xA9", "a/b.c", "6e2f0d1e-cafe"})
    EXPECT_EQ(peer_id_fault(id), std::nullopt);
  EXPECT_EQ(peer_id_fault(std::string(255, 'a')), std::nullopt);
}

}  // namespace
}  // namespace exocast
