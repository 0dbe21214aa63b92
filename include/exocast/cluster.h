// SPDX-License-Identifier: Apache-2.0
#pragma once
// Cluster: the one list of who is there, with an epoch for each change of whom a broadcast is for.
//
// Discoveries tell it of nodes. Those of ours it hands to Membership, exo's to ExoWatch, and those that only a file
// names to both: a node is a member once it has answered there, and an address that answers is never replaced by what
// somebody else says.
// Threading: the one thread of the scheduler. Lifetime: scheduler, membership and watch outlive it.

#include <cstdint>
#include <functional>
#include <vector>

#include "cluster/exo/exo_watch.h"
#include "exocast/member.h"
#include "cluster/swim/membership.h"
#include "exocast/gather/scheduler.h"

namespace exocast {

struct ClusterOptions {
  /// How long a member that is gone is still sent to: a list that shrinks late does not flap.
  Duration shrink_delay = std::chrono::seconds(2);
};

class Cluster final : public CandidateSink, private Timer {
 public:
  /// Listens to both from now on.
  Cluster(Scheduler& scheduler, Membership& membership, ExoWatch& watch, const ClusterOptions& options = {});
  ~Cluster() override;

  void found(const Candidate& candidate) noexcept override;
  /// One of ours that answers stays a member: it is there.
  void withdrawn(const Candidate& candidate) noexcept override;

  /// Everybody that is known, without this node, by id.
  const std::vector<Member>& members() const noexcept { return members_; }

  /// Those of them whom a broadcast is for.
  const std::vector<Member>& receivers() const noexcept { return receivers_; }

  /// Grows by one with each change of the receivers; 0: there were none yet.
  std::uint64_t epoch() const noexcept { return epoch_; }

  /// Called after each change of the receivers. One; set before anything is found.
  void on_receivers(std::function<void()> changed) { changed_ = std::move(changed); }

 private:
  void fired() noexcept override;
  void look();

  Scheduler& scheduler_;
  Membership& membership_;
  ExoWatch& watch_;
  const ClusterOptions options_;
  std::vector<Member> members_;
  std::vector<Member> receivers_;
  std::uint64_t epoch_ = 0;
  std::function<void()> changed_;
};

}  // namespace exocast
