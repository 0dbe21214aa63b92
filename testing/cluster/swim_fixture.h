// SPDX-License-Identifier: Apache-2.0
#pragma once
// SwimFixture: for tests of one part of a Membership: a member table, gossip and an alarm on virtual time, and a port
// that records the datagrams sent.

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cluster/swim/alarm.h"
#include "cluster/swim/awareness.h"
#include "cluster/swim/gossip.h"
#include "cluster/swim/member_table.h"
#include "exocast/cluster_options.h"
#include "exocast/gather/wait.h"
#include "testing/sim_loop.h"

namespace exocast::swim {

class SwimFixture : public testing::Test, private DatagramPort {
 protected:
  struct Sent {
    PeerAddress to;
    Datagram datagram;
  };

  /// A healthy member `id` of the session 1, at 10.0.0.`host`.
  MemberRecord& add(const std::string& id, int host) {
    Member member;
    member.id = id;
    member.address = address(host);
    member.session = 1;
    return table.add(std::move(member));
  }
  static PeerAddress address(int host) { return {.host = "10.0.0." + std::to_string(host), .port = 5680}; }

  void pass(Duration time) { loop.run(sleeping(time)); }

  /// The datagrams of `kind` sent since the last call.
  std::vector<Sent> take(DatagramKind kind) {
    std::vector<Sent> taken;
    for (Sent& one : std::exchange(sent, {})) {
      if (one.datagram.kind == kind) taken.push_back(std::move(one));
    }
    return taken;
  }

  SimLoop loop = SimLoop(1);
  const MembershipOptions options;
  Random random = Random(1);
  Update self = {.id = "self", .address = address(250), .session = 1};
  MembershipMetrics metrics;
  std::vector<Duration> wakes;  ///< the lateness of each wake
  Alarm alarm = Alarm(loop, [this] { wakes.push_back(alarm.late()); });
  Awareness awareness = Awareness(options, metrics);
  MemberTable table = MemberTable("self");
  Gossip gossip = Gossip(*this, self, table, metrics);
  std::vector<Sent> sent;

 private:
  static task<void> sleeping(Duration time) { co_await sleep_for(time); }
  void send(const PeerAddress& to, std::string_view content) noexcept override {
    sent.push_back({.to = to, .datagram = read(content).value()});
  }
  void receive(Receiver* /*receiver*/) noexcept override {}
};

}  // namespace exocast::swim
