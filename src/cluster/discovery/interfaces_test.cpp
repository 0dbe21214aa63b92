// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/interfaces.h"

#include <net/if.h>

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exocast {
namespace {

TEST(Interfaces, AreGuessedAsExoGuessesThem) {
  const auto priority = [](std::string_view name) { return exo_priority(interface_kind(name)); };
  for (const char* name : {"docker0", "br-1a2b", "veth0", "cni0", "flannel.1", "cali-bridge"}) {
    EXPECT_EQ(priority(name), 7) << name;
  }
  EXPECT_EQ(priority("lo"), 6);
  for (const char* name : {"tb0", "ten0", "thunderbolt0"}) EXPECT_EQ(priority(name), 5) << name;
  for (const char* name : {"eth0", "enp3s0", "eno1", "ens18"}) EXPECT_EQ(priority(name), 4) << name;
  for (const char* name : {"wlan0", "wlp2s0", "wifi0"}) EXPECT_EQ(priority(name), 3) << name;
  for (const char* name : {"ib0", "bond0", ""}) EXPECT_EQ(priority(name), 2) << name;
  for (const char* name : {"tun0", "tap0", "wg0", "tailscale0"}) EXPECT_EQ(priority(name), 1) << name;
  EXPECT_EQ(exo_name(InterfaceKind::ethernet), "Ethernet");
  EXPECT_EQ(exo_name(InterfaceKind::vpn), "External Virtual");
}

TEST(Interfaces, OfThisMachineIncludeLoopbackWithAWayToReachAllOfIt) {
  const auto addresses = interface_addresses();
  const auto lo = std::ranges::find_if(
      addresses, [](const auto& one) { return one.kind == InterfaceKind::loopback && one.address.is_v4(); });
  ASSERT_NE(lo, addresses.end());
  EXPECT_TRUE(lo->address.is_loopback());
  EXPECT_EQ(lo->index, if_nametoindex(lo->interface.c_str()));
  EXPECT_EQ(lo->broadcast->to_string(), "127.255.255.255");
}

TEST(Interfaces, HaveABroadcastAddressWithinTheirOwnNetworkOnly) {
  for (const InterfaceAddress& one : interface_addresses()) {
    if (one.address.is_v6()) EXPECT_FALSE(one.broadcast) << one.interface;
    if (one.broadcast) EXPECT_NE(*one.broadcast, one.address.to_v4()) << one.interface;
  }
}

}  // namespace
}  // namespace exocast
