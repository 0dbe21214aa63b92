// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/datagram.h"

#include <gtest/gtest.h>

#include "cluster/udp/datagram_port.h"
#include "message/proto/cluster.pb.h"

namespace exocast::swim {
namespace {

const Update someone = {.id = "n1", .address = {.host = "10.0.0.1", .port = 5680}, .session = 7, .incarnation = 3};

wire::MemberDatagram well_formed() {
  wire::MemberDatagram datagram;
  datagram.set_version(1);
  datagram.set_kind(wire::MemberDatagram::PING);
  datagram.mutable_sender()->set_id("n1");
  datagram.mutable_sender()->set_port(1);
  datagram.mutable_sender()->set_session(1);
  return datagram;
}

BadDatagram fault_of(const wire::MemberDatagram& datagram) {
  const auto read_again = read(datagram.SerializeAsString());
  EXPECT_FALSE(read_again.has_value());
  return read_again.error();
}

TEST(Datagram, ReadsWhatItWrote) {
  Datagram datagram{.kind = DatagramKind::sync_request, .sender = someone, .number = 9};
  datagram.about = Update{.id = "n2",
                          .address = {.host = "fe80::1", .port = 65535},
                          .session = 8,
                          .state = MemberState::suspect,
                          .accuser = "n3"};
  datagram.to_session = 10;
  datagram.age_ms = 11;
  datagram.introduce = true;
  datagram.relayed = true;
  datagram.after = "a";
  datagram.next = "b";
  datagram.capabilities = DeviceCapabilities{
      .model = "m", .chip = "c", .memory_mb = 5, .flops = {.fp32_tflops = 1, .fp16_tflops = 2, .int8_tflops = 3}};
  DatagramWriter writer(datagram);
  ASSERT_TRUE(writer.add(*datagram.about));
  ASSERT_TRUE(writer.add(someone));
  const auto again = read(writer.bytes());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->kind, datagram.kind);
  EXPECT_EQ(again->sender.id, "n1");
  EXPECT_EQ(again->sender.address, someone.address);
  EXPECT_EQ(again->sender.session, 7U);
  EXPECT_EQ(again->sender.incarnation, 3U);
  EXPECT_EQ(again->number, 9U);
  EXPECT_EQ(again->about->address.host, "fe80::1");
  EXPECT_EQ(again->about->state, MemberState::suspect);
  EXPECT_EQ(again->about->accuser, "n3");
  EXPECT_EQ(again->to_session, 10U);
  EXPECT_EQ(again->age_ms, 11U);
  EXPECT_TRUE(again->introduce && again->relayed);
  EXPECT_EQ(again->after + again->next, "ab");
  EXPECT_EQ(again->capabilities, datagram.capabilities);
  ASSERT_EQ(again->updates.size(), 2U);
  EXPECT_EQ(again->updates[0].id, "n2");
  EXPECT_EQ(again->updates[1].id, "n1");
}

TEST(Datagram, IsNeverLongerThanAPortCarriesAndSaysWhatFoundNoRoom) {
  DatagramWriter writer({.sender = someone});
  Update update = someone;
  std::size_t added = 0;
  for (; writer.add(update); ++added) update.id = "member " + std::to_string(added);
  EXPECT_LE(writer.bytes().size(), DatagramPort::content_bytes_max);
  EXPECT_GT(writer.bytes().size(), DatagramPort::content_bytes_max - 60);
  EXPECT_EQ(read(writer.bytes())->updates.size(), added);
}

TEST(Datagram, TheLongestNamesFit) {
  Update longest = someone;
  longest.id.assign(255, 'i');
  longest.address = {.host = "1111:2222:3333:4444:5555:6666:7777:8888", .port = 65535};
  longest.session = longest.incarnation = UINT32_MAX;
  longest.state = MemberState::suspect;
  Update sender = longest;
  sender.state = MemberState::healthy;
  DatagramWriter sync(
      {.kind = DatagramKind::sync, .sender = sender, .number = UINT64_MAX, .next = std::string(255, 'x')});
  EXPECT_TRUE(sync.add(longest)) << "or a sync would never end";
  longest.accuser.assign(255, 'a');
  DatagramWriter ping({.kind = DatagramKind::ping, .sender = sender, .number = UINT64_MAX});
  EXPECT_TRUE(ping.add(longest)) << "what is thought of whom it goes to";
  const DatagramWriter request({.kind = DatagramKind::ping_request, .sender = sender, .number = 1, .about = longest});
  EXPECT_LE(request.bytes().size(), DatagramPort::content_bytes_max);
  EXPECT_TRUE(read(request.bytes()).has_value());
}

TEST(Datagram, SaysWhyBytesAreNone) {
  EXPECT_TRUE(read(well_formed().SerializeAsString()).has_value());
  EXPECT_EQ(read("\xff\xff").error(), BadDatagram::garbled);
  EXPECT_EQ(read(std::string(2000, '\0')).error(), BadDatagram::garbled);
  auto datagram = well_formed();
  datagram.set_version(2);
  EXPECT_EQ(fault_of(datagram), BadDatagram::version);
  for (const int kind : {0, 9, -1, 1000}) {
    datagram = well_formed();
    datagram.set_kind(static_cast<wire::MemberDatagram::Kind>(kind));
    EXPECT_EQ(fault_of(datagram), BadDatagram::kind) << kind;
  }
  datagram = well_formed();
  for (std::size_t i = 0; i <= updates_max; ++i) datagram.add_updates();
  EXPECT_EQ(fault_of(datagram), BadDatagram::too_many);
  EXPECT_EQ(read("").error(), BadDatagram::version);
}

TEST(Datagram, RefusesASenderOrNewsThatCouldNotBeUsed) {
  const auto spoil = [](wire::MemberUpdate& update, int how) {
    switch (how) {
      case 0:
        return update.set_id("");
      case 1:
        return update.set_id(std::string(256, 'x'));
      case 2:
        return update.set_session(0);
      case 3:
        return update.set_port(0);
      case 4:
        return update.set_port(65536);
      case 5:
        return update.set_host("name.example");
      case 6:
        return update.set_host("fe80::1%eth0");
      case 7:
        return update.set_state(static_cast<wire::MemberUpdate::State>(4));
      default:
        return update.set_id("a\nb");
    }
  };
  constexpr int zone = 6;
  for (int how = 0; how < 9; ++how) {
    auto datagram = well_formed();
    spoil(*datagram.mutable_sender(), how);
    EXPECT_EQ(fault_of(datagram), BadDatagram::sender) << how;
    datagram = well_formed();
    *datagram.add_updates() = datagram.sender();
    datagram.mutable_updates(0)->set_host("10.0.0.1");
    EXPECT_TRUE(read(datagram.SerializeAsString()).has_value());
    spoil(*datagram.mutable_updates(0), how);
    if (how == zone) continue;
    EXPECT_EQ(fault_of(datagram), BadDatagram::content) << how;
  }
  auto nowhere = well_formed();
  *nowhere.add_updates() = nowhere.sender();
  EXPECT_EQ(fault_of(nowhere), BadDatagram::content) << "only a sender may leave its host to whom it reaches";
}

TEST(Datagram, PassesOverNewsOfAnAddressWithAZoneAndReadsTheOthers) {
  auto datagram = well_formed();
  for (const char* host : {"fe80::1%eth0", "10.0.0.1", "fe80::2%3"}) {
    *datagram.add_updates() = datagram.sender();
    datagram.mutable_updates()->rbegin()->set_host(host);
  }
  const auto content = read(datagram.SerializeAsString());
  ASSERT_TRUE(content.has_value());
  ASSERT_EQ(content->updates.size(), 1U);
  EXPECT_EQ(content->updates[0].address.host, "10.0.0.1");
}

TEST(Datagram, StatesNoZone) {
  Update zoned = someone;
  zoned.address.host = "fe80::1%eth0";
  const Datagram conflict{.kind = DatagramKind::conflict, .sender = zoned, .about = zoned};
  const auto content = read(DatagramWriter(conflict).bytes());
  ASSERT_TRUE(content.has_value());
  EXPECT_EQ(content->sender.address.host, "") << "the one it comes from";
  EXPECT_EQ(content->about->address.host, "fe80::1");
}

TEST(Datagram, PassesOverFieldsOfLaterVersions) {
  const std::string later = well_formed().SerializeAsString() + std::string("\xa2\x06\x03xyz", 6);  // field 100
  EXPECT_TRUE(read(later).has_value());
}

}  // namespace
}  // namespace exocast::swim
