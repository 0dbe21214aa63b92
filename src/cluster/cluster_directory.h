// SPDX-License-Identifier: Apache-2.0
#pragma once
// ClusterDirectory: the one list of the cluster's members, with an epoch for each change of the receivers.
//
// Discoveries report nodes to it. It passes exocast nodes to Membership, exo nodes to ExoWatch, and nodes known only
// from a file to both. A node becomes a member when it answers at its address. Another node's claim never replaces an
// address that answers.
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
  /// Subscribes to `membership` and `watch`. A gone member stays a receiver for `shrink_delay`.
  ClusterDirectory(Scheduler& scheduler, Membership& membership, ExoWatch& watch, Duration shrink_delay);
  ~ClusterDirectory() override;

  void found(const Candidate& candidate) noexcept override;
  /// An exocast node that answers stays a member even if no file lists it any more.
  void withdrawn(const Candidate& candidate) noexcept override;

  /// `changed` is called after each change of the receivers. One callback only; set it before the first node is found.
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
