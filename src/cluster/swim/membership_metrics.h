// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a Membership counts, and its numbers by their names (docs/metrics.md).

#include <array>
#include <cstdint>
#include <vector>

#include "cluster/swim/datagram.h"
#include "exocast/metrics.h"

namespace exocast {

/// Totals since the start, but for local_health.
struct MembershipMetrics {
  std::uint64_t sent = 0;  ///< datagrams
  std::uint64_t sent_bytes = 0;
  std::uint64_t received = 0;  ///< datagrams, with the bad ones
  std::uint64_t received_bytes = 0;
  std::array<std::uint64_t, swim::bad_datagram_reasons> bad{};  ///< datagrams that could not be read, by reason
  std::uint64_t implausible = 0;                                ///< updates with an implausible incarnation
  std::uint64_t pings = 0;                                      ///< of members, to see whether they are there
  std::uint64_t acks = 0;                                       ///< answers to these, in time
  std::uint64_t timeouts = 0;                                   ///< of these pings, none in time
  std::uint64_t indirect = 0;                                   ///< others asked to ask
  std::uint64_t asks = 0;                                       ///< of candidates and of members that are gone
  std::uint64_t refused = 0;                                    ///< candidates for whom there was no room
  std::uint64_t suspicions = 0;                                 ///< members that became suspect here
  std::uint64_t false_suspicions = 0;                           ///< of these, contradicted
  std::uint64_t refutations = 0;                                ///< this node has contradicted
  std::uint64_t conflicts = 0;                                  ///< claims refused of an id whose owner answers
  std::uint64_t standstills = 0;                                ///< this node found that it had stood still
  std::uint64_t syncs = 0;                                      ///< begun
  std::size_t local_health = 0;                                 ///< Lifeguard's: 0 is well, 3 the worst
};

class Membership;

/// Registers all numbers of `membership`. Lifetime: registry and membership outlive the registrations.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const Membership& membership);

}  // namespace exocast
