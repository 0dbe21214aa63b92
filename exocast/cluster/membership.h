// SPDX-License-Identifier: Apache-2.0
#pragma once
// Membership: who is in the cluster, kept true by the members themselves: SWIM (Das, Gupta, Motivala: "SWIM: Scalable
// Weakly-consistent Infection-style Process Group Membership Protocol", 2002) with Lifeguard's refinements (Dadgar,
// Phillips, Currey: "Lifeguard: Local Health Awareness for More Accurate Failure Detection", 2018).
//
// Every period a member is asked whether it is there, directly and then through others; one that does not answer is
// suspected, everybody hears of it, and unless it contradicts in time it is gone. What is heard travels with these
// questions and answers, so the cost of a node does not grow with the cluster.
// Threading: the one thread of the scheduler. Lifetime: scheduler and port outlive it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "exocast/cluster/datagram_port.h"
#include "exocast/cluster/member.h"
#include "exocast/gather/scheduler.h"
#include "exocast/gather/task.h"

namespace exocast {

struct MembershipOptions {
  /// How often members are asked, give or take a tenth.
  Duration period = std::chrono::milliseconds(250);
};

class Membership {
 public:
  /// Takes part as `self` (state, since and source are not looked at) until it is destroyed or has left.
  Membership(Scheduler& scheduler, DatagramPort& port, Member self, MembershipOptions options, std::uint64_t seed);
  ~Membership();

  /// Asks whoever serves at `candidate.address` to take part; it is a member once it has answered. Does nothing for the
  /// address of a member that is healthy.
  void join(const Candidate& candidate);

  /// Says goodbye to everybody, a few times, and is silent from then on; done by `deadline` at the latest.
  task<void> leave(Deadline deadline);

  /// All that are known, without itself, by id: also those that are gone or have left, for a while.
  std::vector<Member> members() const;

  /// Called after every change of who is a member, or how it stands. One; set before anything is joined.
  void on_change(std::function<void()> changed);
};

}  // namespace exocast
