// SPDX-License-Identifier: Apache-2.0
#pragma once
// Receivers and RosterLanes: whom a broadcast tells, and the lanes to them while the roster changes. Not for users: see
// broadcaster.h.
//
// Receivers is immutable: a broadcast shares the one it began with, so its report is about that roster and nothing in
// it dangles. RosterLanes makes the next one of the next roster: who stays keeps his lane; the lane of who has left is
// retired, and is kept until nothing is under way in it any more. Threading: one thread, that of the scheduler.
// Lifetime: scheduler and limiter outlive both.

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "exocast/roster.h"
#include "lane/lane.h"

namespace exocast::detail {

struct Receivers {
  Roster roster;
  std::vector<std::shared_ptr<Lane>> lanes;  // one for each destination
};

class RosterLanes {
 public:
  /// Nobody. `random` draws what the lanes draw from.
  RosterLanes(Scheduler& scheduler, FairLimiter& limiter, const LaneOptions& options, Random random);

  /// From now on the receivers are those of `roster`. Costs time in proportion to both rosters.
  void set(Roster roster);

  /// Those of now; never null.
  const std::shared_ptr<const Receivers>& receivers() const noexcept { return receivers_; }

  /// Settles all that is queued with `why`, asks all that is under way to stop, and takes nothing more, whatever the
  /// roster.
  void close(const DeliveryError& why);

  /// Waits until nothing is under way, retired lanes included, or until `deadline`. Returns how many batches still are.
  task<std::size_t> idle(Deadline deadline);

  /// Lanes to those who have left that still have something under way: no more than FairLimits allows sends.
  std::size_t retired() const noexcept { return retired_.size(); }

 private:
  std::shared_ptr<Lane> make_lane(const Destination& to);
  void retire(const std::shared_ptr<Lane>& lane, std::string_view how, std::uint64_t epoch);
  task<void> keep_until_idle(std::shared_ptr<Lane> lane);

  Scheduler& scheduler_;
  FairLimiter& limiter_;
  const LaneOptions options_;
  Random random_;
  std::shared_ptr<const Receivers> receivers_ = std::make_shared<const Receivers>();
  std::vector<std::shared_ptr<Lane>> retired_;
  std::optional<DeliveryError> closed_;
  Scope scope_;  // of keep_until_idle()
};

}  // namespace exocast::detail
