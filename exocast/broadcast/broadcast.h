// SPDX-License-Identifier: Apache-2.0
#pragma once
// Broadcast: one broadcast under way; what the Broadcaster's gather calls. Not for users: see broadcaster.h.
//
// Ownership: deliveries may outlive their broadcast's deadline, and the Broadcaster. So everything they use is shared:
// the gather owns this, this owns the message and what all broadcasts of one Broadcaster share. Per delivery nothing is
// copied but the message's reference; names and texts are made when the report is. Threading: that of the scheduler.

#include <memory>
#include <string>
#include <vector>

#include "exocast/broadcast/delivery.h"
#include "exocast/broadcast/fair_limiter.h"
#include "exocast/broadcast/options.h"
#include "exocast/broadcast/roster.h"
#include "exocast/gather/gather.h"
#include "exocast/message/ids.h"

namespace exocast::detail {

/// What all broadcasts of one Broadcaster share.
struct BroadcasterState {
  BroadcasterState(Scheduler& scheduler, Roster roster, const BroadcasterOptions& options);

  Scheduler& scheduler;
  Roster roster;
  FairLimiter limiter;
  std::vector<FairLimiter::Target> targets;  // one for each receiver
  BroadcastIds ids;
  std::size_t broadcasts_max;
  std::size_t under_way = 0;
  std::size_t under_way_peak = 0;
  std::size_t begun_total = 0;
  std::size_t refused_total = 0;
};

class Broadcast {
 public:
  Broadcast(std::shared_ptr<BroadcasterState> shared, Message message, BroadcastOptions options);

  /// Delivers the message to the receiver at `index`: waits for a place, then for the answer.
  task<Delivery> deliver_to(std::size_t index);

  /// The outcome of the receiver at `index` is known.
  void settled(std::size_t index, const DeliveryEnd& end) noexcept;

  GatherOptions gather_options() const noexcept;
  const DeliveryPolicy& policy() const noexcept { return options_.policy; }
  std::size_t receivers() const noexcept { return shared_->roster.size(); }

  Report report(const Gathered<Unit, DeliveryError>& gathered) const;

  /// The report of a broadcast that was not begun: all receivers skipped.
  Report refused(const LinkError& why) const;

 private:
  struct Mark {
    TimePoint settled_at{};
    Stage stage = Stage::waiting;
  };

  Report heading(bool satisfied) const;
  Duration timeout() const noexcept;

  std::shared_ptr<BroadcasterState> shared_;
  Message message_;
  BroadcastOptions options_;
  std::size_t message_bytes_;
  TimePoint begun_;
  Deadline deadline_;
  FairLimiter::Flow flow_;
  std::vector<Mark> marks_;  // one for each receiver
};

}  // namespace exocast::detail
