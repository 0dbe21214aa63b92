// SPDX-License-Identifier: Apache-2.0
#pragma once
// ClusterView: who is there, from all that know something of it, and who of them a broadcast is for.
//
// Pure functions of lists; policy beside Cluster, which waits. Threading: none of their own.

#include <cstdint>
#include <vector>

#include "exocast/cluster/member.h"

namespace exocast {

/// Everybody of `exocasts` and `exos` by id. A node that both know (it serves both protocols) counts as exocast's,
/// unless that one is out (gone or left) and exo's is not.
std::vector<Member> merged(const std::vector<Member>& exocasts, const std::vector<Member>& exos);

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
