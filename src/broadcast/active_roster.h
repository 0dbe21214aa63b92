// SPDX-License-Identifier: Apache-2.0
#pragma once
// ActiveRoster and RosterLanes: the receivers of a broadcast, and the lanes to them while the roster changes. Internal:
// see broadcaster.h.
//
// ActiveRoster is immutable. A broadcast shares the one it began with, so its report describes that roster and nothing
// in it dangles. RosterLanes makes a new one for each roster: a peer that stays keeps its lane; the lane of a
// peer that left is retired, and kept until it is idle. Threading: that of the scheduler. Lifetime: scheduler and
// limiter outlive both.

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "exocast/roster.h"
#include "lane/lane.h"

namespace exocast::detail {

/// A roster with its lanes.
struct ActiveRoster {
  Roster roster;
  std::vector<std::shared_ptr<Lane>> lanes;  // one for each destination
};

class RosterLanes {
 public:
  /// Begins with no receivers. `random` seeds the lanes.
  RosterLanes(Scheduler& scheduler, FairLimiter& limiter, const LaneOptions& options, Random random);

  /// Replaces the receivers by those of `roster`. Takes time in proportion to both rosters.
  void set(Roster roster);

  /// The current receivers; never null.
  const std::shared_ptr<const ActiveRoster>& receivers() const noexcept { return receivers_; }

  /// Settles all queued items with `why`, requests a stop of all sends in progress, and accepts nothing more from any
  /// roster.
  void close(const DeliveryError& why);

  /// Waits until all lanes are idle, retired ones included, or until `deadline`. Returns the number of batches in
  /// progress.
  task<std::size_t> idle(Deadline deadline);

  /// Retired lanes that still have a batch in progress; at most as many as FairLimits allows sends.
  std::size_t retired() const noexcept { return retired_.size(); }

 private:
  std::shared_ptr<Lane> make_lane(const Destination& to);
  void retire(const std::shared_ptr<Lane>& lane, bool has_left, std::uint64_t epoch);
  task<void> keep_until_idle(std::shared_ptr<Lane> lane);

  Scheduler& scheduler_;
  FairLimiter& limiter_;
  const LaneOptions options_;
  Random random_;
  std::shared_ptr<const ActiveRoster> receivers_ = std::make_shared<const ActiveRoster>();
  std::vector<std::shared_ptr<Lane>> retired_;
  std::optional<DeliveryError> closed_;
  Scope scope_;  // owns keep_until_idle()
};

}  // namespace exocast::detail
