// SPDX-License-Identifier: Apache-2.0
#pragma once
// ExoDiscovery: finds exo's nodes by their UDP announcements, and announces this node to them if asked to.
//
// By default it only listens: exo assigns model layers to every node it knows, so a node without an engine would break
// its ring. The announcements are not signed, and anybody on the network can forge one, so an address is only a
// candidate.
// Threading: inside the Poller's loop. Lifetime: Poller and sink outlive it; destroying it ends it.

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "cluster/discovery/exo_datagram.h"
#include "cluster/udp/candidate.h"
#include "cluster/udp/udp_socket.h"
#include "exocast/cluster_options.h"
#include "exocast/member.h"

namespace exocast {

struct ExoDiscoveryMetrics {
  std::uint64_t heard_total = 0;          ///< announcements of other nodes, reported to the sink
  std::uint64_t malformed_total = 0;      ///< not an announcement of an exo node, or too long
  std::uint64_t no_room_total = 0;        ///< of nodes over the limit
  std::uint64_t sent_total = 0;           ///< datagrams
  std::uint64_t send_failures_total = 0;  ///< datagrams that the system did not send
};

class ExoDiscovery {
 public:
  /// Nodes and addresses remembered; new ones are ignored until others have been silent for 30 s.
  static constexpr std::size_t candidates_max = 1024;

  /// Reports exo's nodes to `sink` as candidates of kind exo from "exo", except `self`. Of `self` it announces the id
  /// and capabilities, on the IPv4 interfaces of its address. The error is one printable line: another program uses
  /// the port.
  static std::expected<std::unique_ptr<ExoDiscovery>, std::string> start(Poller& poller, const Member& self,
                                                                         CandidateSink& sink,
                                                                         const ExoDiscoveryOptions& options = {});
  ~ExoDiscovery();

  ExoDiscoveryMetrics metrics() const noexcept;

 private:
  class Announcer;
  explicit ExoDiscovery(std::unique_ptr<Announcer> announcer) noexcept;
  std::unique_ptr<Announcer> announcer_;
};

}  // namespace exocast
