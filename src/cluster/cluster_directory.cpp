// SPDX-License-Identifier: Apache-2.0
#include "cluster/cluster_directory.h"

#include <utility>

#include "cluster/cluster_view.h"

namespace exocast {

ClusterDirectory::ClusterDirectory(Scheduler& scheduler, Membership& membership, ExoWatch& watch, Duration shrink_delay)
    : scheduler_(scheduler), membership_(membership), watch_(watch), shrink_delay_(shrink_delay) {
  membership_.on_change([this] { look(); });
  watch_.on_change([this] { look(); });
}

ClusterDirectory::~ClusterDirectory() {
  membership_.on_change(nullptr);
  watch_.on_change(nullptr);
}

void ClusterDirectory::found(const Candidate& candidate) noexcept {
  if (candidate.kind != NodeKind::exo) membership_.join(candidate);
  if (candidate.kind == NodeKind::exocast) return;
  if (is_one_of_ours(candidate, members_, scheduler_.now())) {
    watch_.withdraw(candidate);  // already watched by Membership
  } else {
    watch_.join(candidate);
  }
}

void ClusterDirectory::withdrawn(const Candidate& candidate) noexcept { watch_.withdraw(candidate); }

void ClusterDirectory::fired() noexcept { look(); }

void ClusterDirectory::look() {
  members_ = merged(membership_.members(), watch_.members());
  Receivers now = receivers_of(members_, scheduler_.now(), shrink_delay_);
  if (now.until == TimePoint::max()) {
    scheduler_.cancel(*this);
  } else {
    scheduler_.wake_at(*this, now.until);
  }
  if (same_receivers(receivers_, now.members)) return;
  receivers_ = std::move(now.members);
  ++epoch_;
  if (changed_) changed_();
}

}  // namespace exocast
