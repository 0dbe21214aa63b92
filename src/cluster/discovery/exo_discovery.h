// SPDX-License-Identifier: Apache-2.0
#pragma once
// ExoDiscovery: finds exo's nodes by what they announce over UDP, and if asked to announces this node to them.
//
// It hears them without announcing: exo gives every node that it knows of layers of the model to run, so a node without
// an engine would break its ring. What is heard is not signed; anybody on the network can forge it, so it is only a
// hint where to look.
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
  std::uint64_t heard_total = 0;          ///< announcements of others that were told on
  std::uint64_t malformed_total = 0;      ///< not an announcement of exo's, or too long
  std::uint64_t no_room_total = 0;        ///< of nodes beyond those that are remembered
  std::uint64_t sent_total = 0;           ///< datagrams
  std::uint64_t send_failures_total = 0;  ///< datagrams that the system did not send
};

class ExoDiscovery {
 public:
  /// Nodes and addresses at a time; then new ones are not heard until others have been silent for 30 s.
  static constexpr std::size_t candidates_max = 1024;

  /// Tells `sink` of exo's nodes, as candidates of kind exo from "exo", but not of `self`, of which id, address and
  /// capabilities count: they are what is announced, on the IPv4 interfaces of that address. The error is one printable
  /// line: the port is another program's.
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
