// SPDX-License-Identifier: Apache-2.0
// Which news go to which receiver.
#include "cluster/swim/gossip.h"

#include <set>

#include <gtest/gtest.h>

namespace exocast::swim {
namespace {

class GossipTest : public testing::Test, private DatagramPort {
 protected:
  MemberRecord& add(const std::string& id, const std::string& host) {
    Member member;
    member.id = id;
    member.address = {.host = host, .port = 5680};
    member.session = 1;
    MemberRecord& known = table.add(std::move(member));
    gossip.add_update(known);
    return known;
  }
  std::set<std::string> told_by_news(const MemberRecord& to) {
    gossip.send(to, {.kind = DatagramKind::news});
    return told;
  }
  std::set<std::string> told_by_sync(const MemberRecord& to) {
    gossip.send_members(to, 1, "");
    return told;
  }

  const Update self = {.id = "self", .address = {.host = "0.0.0.0", .port = 5680}, .session = 1};
  MemberTable table = MemberTable("self");
  MembershipMetrics metrics;
  Gossip gossip = Gossip(*this, self, table, metrics);
  std::set<std::string> told;

 private:
  void send(const PeerAddress& /*to*/, std::string_view content) noexcept override {
    told.clear();
    for (const Update& update : read(content).value().updates) told.insert(update.id);
  }
  void receive(Receiver* /*receiver*/) noexcept override {}
};
using Ids = std::set<std::string>;

TEST_F(GossipTest, OfMembersOnThisMachineOnlyMembersOnThisMachineAreTold) {
  const MemberRecord& near = add("near", "127.0.0.1");
  const MemberRecord& near6 = add("near6", "::1");
  const MemberRecord& far = add("far", "10.0.0.1");
  EXPECT_EQ(told_by_news(far), Ids{"far"});
  EXPECT_EQ(told_by_sync(far), Ids{"far"});
  for (const MemberRecord* to : {&near, &near6}) {
    EXPECT_EQ(told_by_news(*to), (Ids{"near", "near6", "far"}));
    EXPECT_EQ(told_by_sync(*to), (Ids{"near", "near6", "far"}));
  }
}

TEST_F(GossipTest, NobodyIsToldOfAMemberAtAnAddressWithAZoneButItself) {
  MemberRecord& zoned = add("zoned", "fe80::1%eth0");
  const MemberRecord& other = add("other", "fe80::2%eth0");
  const MemberRecord& far = add("far", "10.0.0.1");
  for (const MemberRecord* to : {&other, &far}) {
    EXPECT_EQ(told_by_news(*to), Ids{"far"});
    EXPECT_EQ(told_by_sync(*to), Ids{"far"});
  }
  table.set_state(zoned, MemberState::suspect, TimePoint());
  gossip.tell(zoned);
  EXPECT_TRUE(told.contains("zoned")) << "or it could not contradict";
}

}  // namespace
}  // namespace exocast::swim
