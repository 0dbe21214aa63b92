// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/announcement_routes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exocast {
namespace {

using boost::asio::ip::make_address;
using boost::asio::ip::make_address_v4;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

InterfaceAddress one(std::string name, unsigned index, const char* address, const char* broadcast = nullptr) {
  InterfaceAddress made{.interface = std::move(name), .index = index, .address = make_address(address)};
  made.kind = interface_kind(made.interface);
  made.multicast = made.kind != InterfaceKind::loopback;
  if (broadcast != nullptr) made.broadcast = make_address_v4(broadcast);
  return made;
}

const InterfaceAddress lo4 = one("lo", 1, "127.0.0.1", "127.255.255.255");
const InterfaceAddress lo6 = one("lo", 1, "::1");
const InterfaceAddress eth4 = one("eth0", 2, "10.1.2.3", "10.1.255.255");
const InterfaceAddress eth6_link = one("eth0", 2, "fe80::1");
const InterfaceAddress eth6 = one("eth0", 2, "fd00::3");
const InterfaceAddress wifi4 = one("wlan0", 3, "192.168.7.3", "192.168.7.255");
const InterfaceAddress docker4 = one("docker0", 4, "172.17.0.1", "172.17.255.255");

/// The routes, each as "source%index > to".
std::vector<std::string> routes(const char* listen, const std::vector<InterfaceAddress>& addresses) {
  std::vector<std::string> texts;
  for (const auto& [source, to] : announcement_routes(make_address(listen), addresses, 5679)) {
    texts.push_back(
        fmt::format("{}%{} > {}", source.address.to_string(), source.interface_index, to_string(address_of(to))));
  }
  return texts;
}

TEST(AnnouncementRoutes, OfAllAddressesLeadToEachNetworkByBroadcastAndToTheGroups) {
  EXPECT_THAT(routes("0.0.0.0", {lo4, lo6, eth4, eth6}),
              ElementsAre("10.1.2.3%2 > 10.1.255.255:5679", "10.1.2.3%2 > 239.255.56.79:5679",
                          "fd00::3%2 > [ff12::6578:6f63]:5679"));
  EXPECT_EQ(routes("::", {lo4, lo6, eth4, eth6}), routes("0.0.0.0", {lo4, lo6, eth4, eth6}));
}

TEST(AnnouncementRoutes, TellFirstWhatOthersShouldRatherTake) {
  EXPECT_THAT(routes("0.0.0.0", {docker4, wifi4, eth4}),
              ElementsAre("10.1.2.3%2 > 10.1.255.255:5679", "10.1.2.3%2 > 239.255.56.79:5679",
                          "192.168.7.3%3 > 192.168.7.255:5679", "192.168.7.3%3 > 239.255.56.79:5679",
                          "172.17.0.1%4 > 172.17.255.255:5679", "172.17.0.1%4 > 239.255.56.79:5679"));
}

TEST(AnnouncementRoutes, TellAnAddressOfTheLinkOnlyIfThereIsNoBetterOne) {
  EXPECT_THAT(routes("::", {eth6_link, eth6}), ElementsAre("fd00::3%2 > [ff12::6578:6f63]:5679"));
  EXPECT_THAT(routes("::", {eth6_link}), ElementsAre("fe80::1%2 > [ff12::6578:6f63]:5679"));
}

TEST(AnnouncementRoutes, TellOfLoopbackOnlyIfThereIsNothingElse) {
  EXPECT_THAT(routes("0.0.0.0", {lo4, lo6}), ElementsAre("127.0.0.1%1 > 127.255.255.255:5679"));
}

TEST(AnnouncementRoutes, OfANodeOnLoopbackStayThere) {
  EXPECT_THAT(routes("127.0.0.1", {lo4, lo6, eth4}), ElementsAre("127.0.0.1%1 > 127.255.255.255:5679"));
  EXPECT_THAT(routes("127.0.0.9", {lo4, lo6, eth4}), ElementsAre("127.0.0.9%1 > 127.255.255.255:5679"));
  EXPECT_THAT(routes("::1", {lo4, lo6, eth4}), IsEmpty());
}

TEST(AnnouncementRoutes, OfANodeAtOneAddressStartThereOnly) {
  EXPECT_THAT(routes("10.1.2.3", {lo4, eth4, wifi4}),
              ElementsAre("10.1.2.3%2 > 10.1.255.255:5679", "10.1.2.3%2 > 239.255.56.79:5679"));
  EXPECT_THAT(routes("10.9.9.9", {lo4, eth4, wifi4}), IsEmpty());  // an address that the machine no longer has
}

TEST(AnnouncementRoutes, AreBounded) {
  std::vector<InterfaceAddress> many;
  for (unsigned index = 2; index < 200; ++index) many.push_back(one("veth0", index, "10.0.0.1", "10.0.0.255"));
  EXPECT_THAT(routes("0.0.0.0", many), SizeIs(announcement_routes_max));
}

TEST(AnnouncementRoutes, LoopbackReachesLoopbackAndWhoServesEverywhere) {
  const auto reachable = [](const char* listen, const char* source) {
    return is_reachable(make_address(listen), make_address(source));
  };
  EXPECT_TRUE(reachable("127.0.0.1", "127.0.0.2"));
  EXPECT_TRUE(reachable("127.0.0.1", "::ffff:127.0.0.2"));
  EXPECT_FALSE(reachable("127.0.0.1", "10.1.2.3"));
  EXPECT_FALSE(reachable("10.1.2.3", "127.0.0.1"));
  EXPECT_TRUE(reachable("10.1.2.3", "10.1.2.4"));
  EXPECT_TRUE(reachable("0.0.0.0", "127.0.0.1"));
  EXPECT_TRUE(reachable("::", "10.1.2.3"));
}

}  // namespace
}  // namespace exocast
