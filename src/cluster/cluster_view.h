// SPDX-License-Identifier: Apache-2.0
#pragma once
// ClusterView: merges the membership's and ExoWatch's lists, and selects the receivers of a broadcast.
//
// Pure functions of lists, safe from any thread.

#include <cstdint>
#include <vector>

#include "cluster/udp/candidate.h"
#include "exocast/member.h"

namespace exocast {

/// All members of both lists, sorted by id. If both lists have a node, because it serves both protocols, the exocast
/// entry is used, unless only the exo entry is live. If several ids claim one address, prefer a live member, then an
/// exocast node, then the most recent.
std::vector<Member> merged(const std::vector<Member>& exocasts, const std::vector<Member>& exos);

/// Whether `candidate` is an exocast node, so that ExoWatch need not watch it (exocast nodes answer HealthCheck, too):
/// an exocast member that is not gone has its id or its address. A member that has said goodbye counts while its
/// servers may still answer; otherwise it would come back as an exo node.
bool is_one_of_ours(const Candidate& candidate, const std::vector<Member>& members, TimePoint now);

/// The receivers of broadcasts, and how long this list holds if no member changes.
struct Receivers {
  std::vector<Member> members;
  TimePoint until = TimePoint::max();  ///< when a gone member leaves the list
};

/// Members that are healthy or suspect, and members that have been gone for less than `shrink_delay` at `now`. The
/// delay keeps the list stable while members flap, and a member that returns soon keeps its queued messages. A member
/// that said goodbye leaves the list at once.
Receivers receivers_of(std::vector<Member> members, TimePoint now, Duration shrink_delay);

/// Whether both lists have the same nodes, at the same addresses, in the same runs.
bool same_receivers(const std::vector<Member>& one, const std::vector<Member>& other);

}  // namespace exocast
