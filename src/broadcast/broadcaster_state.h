// SPDX-License-Identifier: Apache-2.0
#pragma once
// BroadcasterState: what all broadcasts of one Broadcaster share: the lanes to the receivers, and the bounds on all of
// them together. Not for users: see broadcaster.h. Threading: that of the scheduler.

#include <cstddef>
#include <optional>

#include "broadcast/receivers.h"
#include "exocast/gather/event.h"
#include "exocast/ids.h"
#include "exocast/options.h"

namespace exocast::detail {

class BroadcasterState {
 public:
  BroadcasterState(Scheduler& scheduler, const BroadcasterOptions& options);

  Scheduler& scheduler;
  FairLimiter limiter;
  RosterLanes lanes;
  BroadcastIds ids;

  /// Why a broadcast of `bytes` cannot begin now; nothing if it can.
  std::optional<Status> no_room(std::size_t bytes) const;

  /// A broadcast begins, or is over, with a message of `bytes`.
  void begin(std::size_t bytes) noexcept;
  void end(std::size_t bytes) noexcept;

  /// Waits until some broadcast is over, or until `deadline`.
  task<void> some_end(Deadline deadline);

  std::size_t under_way() const noexcept { return under_way_; }
  std::size_t under_way_peak() const noexcept { return under_way_peak_; }
  std::size_t bytes_under_way() const noexcept { return bytes_; }
  std::size_t bytes_peak() const noexcept { return bytes_peak_; }
  std::size_t begun_total() const noexcept { return begun_total_; }
  std::size_t refused_total = 0;

 private:
  std::size_t broadcasts_max_;
  std::size_t bytes_max_;
  std::size_t under_way_ = 0;
  std::size_t under_way_peak_ = 0;
  std::size_t bytes_ = 0;
  std::size_t bytes_peak_ = 0;
  std::size_t begun_total_ = 0;
  Event ended_;
};

}  // namespace exocast::detail
