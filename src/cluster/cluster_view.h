// SPDX-License-Identifier: Apache-2.0
#pragma once
// ClusterView: who is there, from all that know something of it, and who of them a broadcast is for.
//
// Pure functions of lists; policy beside Cluster, which waits. Threading: none of their own.

#include <cstdint>
#include <vector>

#include "cluster/udp/candidate.h"
#include "exocast/member.h"

namespace exocast {

/// All members of both lists, sorted by id. If both lists have a node, because it serves both protocols, the exocast
/// entry is used, unless only the exo entry is live. If several ids claim one address, prefer a live member, then an
/// exocast node, then the most recent.
std::vector<Member> merged(const std::vector<Member>& exocasts, const std::vector<Member>& exos);

/// Whether `candidate` is a node of ours, so that exo's way of watching it (exocast nodes answer HealthCheck, too) is
/// not needed: an exocast member with its id or at its address that is not gone. One that has said goodbye counts for
/// as long as it may still answer, while it ends; without that it would come back as exo's.
bool is_one_of_ours(const Candidate& candidate, const std::vector<Member>& members, TimePoint now);

/// Receivers of broadcasts among `members`, and when they would change without anything happening.
struct Receivers {
  std::vector<Member> members;
  TimePoint until = TimePoint::max();  ///< a member that is gone drops out then
};

/// Those that are healthy or suspect, and those that have been gone for less than `shrink_delay` at `now`: a list that
/// shrinks late does not flap with its members (and whoever is back soon has lost nothing that waits for it). Whoever
/// said goodbye is out at once.
Receivers receivers_of(std::vector<Member> members, TimePoint now, Duration shrink_delay);

/// Whether a broadcast to `one` is a broadcast to `other`: the same nodes, at the same addresses, in the same runs.
bool same_receivers(const std::vector<Member>& one, const std::vector<Member>& other);

}  // namespace exocast
