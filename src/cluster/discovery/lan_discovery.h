// SPDX-License-Identifier: Apache-2.0
#pragma once
// LanDiscovery: nodes on the same networks find each other with no configuration.
//
// Each node announces its id, run and port every now and then to the broadcast address of each of its networks and to a
// multicast group, IPv4 and IPv6, at one port that all share; several nodes of one machine hear it all the same. The
// address of a node is where its announcement comes from. A newcomer is answered at once, at the socket its
// announcement came from, so it knows the others within milliseconds. Interfaces that come and go are noticed with the
// next announcement. With a cluster key only signed announcements are heard.
// Threading: inside the Poller's loop. Lifetime: Poller and sink outlive it; destroying it ends it. It says no
// goodbyes: that is the membership's.

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
  std::uint64_t announcements_total = 0;  ///< made; each leaves by several ways
  std::uint64_t sent_total = 0;           ///< datagrams
  std::uint64_t send_failures_total = 0;  ///< datagrams that the system did not send
  std::uint64_t heard_total = 0;          ///< announcements of others that were told on
  std::uint64_t newcomers_total = 0;      ///< of these, first ones
  std::uint64_t answers_total = 0;        ///< to newcomers
  std::uint64_t malformed_total = 0;      ///< not an announcement, though in an envelope; or too long
  std::uint64_t out_of_reach_total = 0;   ///< of nodes on loopback, or for those there
  std::uint64_t no_room_total = 0;        ///< newcomers beyond those that are remembered
  std::array<std::uint64_t, envelope_fault_count> refused_total{};  ///< by the reason
};

class LanDiscovery {
 public:
  /// Announces `self`, of which id, session and address count: the address is where it serves, with a numeric host (an
  /// unspecified one is announced on all interfaces) and its port. Tells `sink` of the others, as candidates of kind
  /// exocast from "lan". The error is one printable line: the port is another program's.
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
