// SPDX-License-Identifier: Apache-2.0
#pragma once
// LanDiscovery: nodes on the same networks find each other without configuration.
//
// Each node announces its id, run and port at intervals, to the broadcast address of each of its networks and to a
// multicast group, over IPv4 and IPv6. All nodes share one port, even on one machine. A node's address is the source
// address of its announcement. A newcomer is answered at once, at the socket that sent its announcement, so it knows
// the others within milliseconds. Added and removed interfaces are noticed at the next announcement. With a cluster
// key, only signed announcements are accepted.
// Threading: inside the Poller's loop. Lifetime: Poller and sink outlive it; destroying it ends it. It sends no
// goodbyes: Membership does.

#include <array>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "cluster/udp/candidate.h"
#include "cluster/udp/envelope.h"
#include "cluster/udp/udp_socket.h"
#include "exocast/cluster_options.h"
#include "exocast/member.h"

namespace exocast {

struct LanDiscoveryMetrics {
  std::uint64_t announcements_total = 0;  ///< each is sent by several routes
  std::uint64_t sent_total = 0;           ///< datagrams
  std::uint64_t send_failures_total = 0;  ///< datagrams that the system did not send
  std::uint64_t heard_total = 0;          ///< announcements of other nodes, reported to the sink
  std::uint64_t newcomers_total = 0;      ///< first announcements of a node
  std::uint64_t answers_total = 0;        ///< sent to newcomers
  std::uint64_t malformed_total = 0;      ///< not an announcement, although in an envelope; or too long
  std::uint64_t out_of_reach_total = 0;   ///< one of the two nodes is on loopback, the other is not
  std::uint64_t no_room_total = 0;        ///< newcomers over the limit
  std::array<std::uint64_t, envelope_fault_count> refused_total{};  ///< by reason
};

class LanDiscovery {
 public:
  /// Announces the id, session and address of `self`. The address is the listen address, with a numeric host (an
  /// unspecified one is announced on all interfaces), and its port. Reports the other nodes to `sink` as candidates of
  /// kind exocast from "lan". The error is one printable line: another program uses the port.
  static std::expected<std::unique_ptr<LanDiscovery>, std::string> start(Poller& poller, const Member& self,
                                                                         CandidateSink& sink,
                                                                         LanDiscoveryOptions options = {});
  ~LanDiscovery();

  LanDiscoveryMetrics metrics() const noexcept;

 private:
  class Announcer;
  explicit LanDiscovery(std::unique_ptr<Announcer> announcer) noexcept;
  std::unique_ptr<Announcer> announcer_;
};

}  // namespace exocast
