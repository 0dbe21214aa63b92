// SPDX-License-Identifier: Apache-2.0
#pragma once
// ClusterDirectory: the one list of who is in the cluster, with an epoch for each change of the receivers.
//
// Discoveries tell it of nodes. It hands exocast's nodes to Membership, exo's to ExoWatch, and nodes that only a file
// names to both. A node is a member once it has answered at its address; an address that answers is never replaced
// because somebody else names another.
// Threading: the one thread of the scheduler. Lifetime: scheduler, membership and watch outlive it.

#include <cstdint>
#include <functional>
#include <utility>

#include "cluster/exo/exo_watch.h"
#include "cluster/swim/membership.h"
#include "cluster/udp/candidate.h"
#include "exocast/cluster.h"
#include "exocast/gather/scheduler.h"

namespace exocast {

class ClusterDirectory final : public Cluster, public CandidateSink, private Timer {
 public:
  /// Listens to `membership` and `watch` from now on. A member that is gone stays a receiver for `shrink_delay`.
  ClusterDirectory(Scheduler& scheduler, Membership& membership, ExoWatch& watch, Duration shrink_delay);
  ~ClusterDirectory() override;

  void found(const Candidate& candidate) noexcept override;
  /// An exocast node that answers stays a member although no file lists it any more.
  void withdrawn(const Candidate& candidate) noexcept override;

  /// `changed` is called after each change of the receivers. Only one; set before anything is found.
  void on_receivers(std::function<void()> changed) { changed_ = std::move(changed); }

 private:
  void fired() noexcept override;
  void look();

  Scheduler& scheduler_;
  Membership& membership_;
  ExoWatch& watch_;
  const Duration shrink_delay_;
  std::function<void()> changed_;
};

}  // namespace exocast
