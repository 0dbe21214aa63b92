// SPDX-License-Identifier: Apache-2.0
#pragma once
// Broadcast: one broadcast under way; what the Broadcaster's gather calls. Not for users: see broadcaster.h.
//
// It takes its place in every lane at once, in begin(): so whatever is begun later is behind it everywhere. Then a
// gather over the lanes waits for the outcomes, within the broadcast's limit, deadline and policy. Ownership: the
// gather's callables own this, this owns the message, the items in the lanes, the receivers it began with and what all
// broadcasts of one Broadcaster share. Per delivery nothing is copied; names and texts are made when the report is.
// Threading: that of the scheduler.

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

  /// The outcome of the receiver whose turn is the `turn`-th, and whose message may be sent from now on. Under a limit
  /// that not all of them fit into at once, those that stand well come first.
  task<Delivery> deliver(std::size_t turn);

  /// The outcome of the receiver whose turn was the `turn`-th is known.
  void settled(std::size_t turn, const DeliveryEnd& end) noexcept;

  GatherOptions gather_options() const noexcept;
  const DeliveryPolicy& policy() const noexcept { return options_.policy; }
  std::size_t receivers() const noexcept { return to_->roster.size(); }

  Report report(const Gathered<Unit, DeliveryError>& gathered) const;

  /// The report of one that nobody runs any more: what is known of its outcomes; the rest failed for `why`.
  Report abandoned(const DeliveryError& why) const;

  /// The report of a broadcast that was not begun: all receivers skipped.
  Report refused(const LinkError& why) const;

 private:
  struct Place {
    LaneItem item;
    TimePoint settled_at{};
  };

  void take_places();
  void choose_order();
  std::size_t receiver_at(std::size_t turn) const noexcept { return order_.empty() ? turn : order_[turn]; }
  void fired() noexcept override;  // the message has expired
  Report heading(bool satisfied) const;
  Duration timeout() const noexcept;

  std::shared_ptr<BroadcasterState> shared_;
  std::shared_ptr<const Receivers> to_;
  Message message_;
  BroadcastOptions options_;
  std::size_t message_bytes_;
  TimePoint begun_;
  Deadline deadline_;
  std::shared_ptr<FairLimiter::Flow> flow_ = std::make_shared<FairLimiter::Flow>();
  std::vector<Place> places_;       // one for each receiver
  std::vector<std::size_t> order_;  // of the receivers' turns; empty: that of the roster
  bool under_way_ = false;
};

}  // namespace exocast::detail
