// SPDX-License-Identifier: Apache-2.0
#pragma once
// Broadcast: one broadcast under way; what the Broadcaster's gather calls. Not for users: see broadcaster.h.
//
// It takes its place in every lane at once, in begin(): so whatever is begun later is behind it everywhere. Then a
// gather over the lanes waits for the outcomes, within the broadcast's limit, deadline and policy. Ownership: the
// gather's callables own this, this owns the message, the items in the lanes and what all broadcasts of one Broadcaster
// share. Per delivery nothing is copied; names and texts are made when the report is. Threading: that of the scheduler.

#include <memory>
#include <string>
#include <vector>

#include "exocast/broadcast/broadcaster_state.h"
#include "exocast/broadcast/delivery.h"
#include "exocast/broadcast/options.h"
#include "exocast/gather/gather.h"

namespace exocast::detail {

class Broadcast final : private Timer {
 public:
  /// Takes its places, now.
  static std::shared_ptr<Broadcast> begin(std::shared_ptr<BroadcasterState> shared, Message message,
                                          BroadcastOptions options);

  /// For begin() and refused().
  Broadcast(std::shared_ptr<BroadcasterState> shared, Message message, BroadcastOptions options);
  ~Broadcast();

  /// The outcome of the receiver at `index`, whose message may be sent from now on.
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
  struct Place {
    LaneItem item;
    TimePoint settled_at{};
  };

  void take_places(const std::shared_ptr<Broadcast>& self);
  void fired() noexcept override;  // the message has expired
  Report heading(bool satisfied) const;
  Duration timeout() const noexcept;

  std::shared_ptr<BroadcasterState> shared_;
  Message message_;
  BroadcastOptions options_;
  std::size_t message_bytes_;
  TimePoint begun_;
  Deadline deadline_;
  FairLimiter::Flow flow_;
  std::vector<Place> places_;  // one for each receiver
  bool under_way_ = false;
};

}  // namespace exocast::detail
