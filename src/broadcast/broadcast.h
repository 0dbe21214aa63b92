// SPDX-License-Identifier: Apache-2.0
#pragma once
// Broadcast: one broadcast in progress, as the Broadcaster's gather sees it. Internal: see broadcaster.h.
//
// begin() adds an item to every lane at once, so a later broadcast is behind it in every lane. A gather over the lanes
// then waits for the outcomes, within the broadcast's limit, deadline and policy; a broadcast that waits for all
// receivers uses a FanOut instead. The gather's callables or the FanOut own this object. It owns the message, the items
// in the lanes, the receivers it began with, and a share of the state of the Broadcaster. Nothing is copied per
// delivery, an item is freed when it ends, and names and texts are made with the report. Threading: that of the
// scheduler.

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "broadcast/broadcaster_state.h"
#include "exocast/gather/gather.h"
#include "exocast/options.h"
#include "lane/delivery.h"

namespace exocast::detail {

/// The class of `message`, sent with `options`.
StreamClass stream_class_of(const Message& message, const BroadcastOptions& options) noexcept;

class Broadcast final : public IntrusiveLink<Broadcast>, private Timer {
 public:
  /// Adds its items to all lanes at once.
  static std::shared_ptr<Broadcast> begin(std::shared_ptr<BroadcasterState> shared, Message message,
                                          BroadcastOptions options);

  /// For begin() and refused().
  Broadcast(std::shared_ptr<BroadcasterState> shared, Message message, BroadcastOptions options);
  ~Broadcast();

  /// The error type of deliver(); the item has the details.
  struct Undelivered {};

  /// Sends to the receiver at position `turn` of the order, and waits for its outcome. If the limit is below the number
  /// of receivers, healthy ones come first.
  task<std::expected<void, Undelivered>> deliver(std::size_t turn);

  /// Records the outcome of the receiver at position `turn`; for ok and error, the one that its item holds.
  void settled(std::size_t turn, Reason reason) noexcept;

  GatherOptions gather_options() const noexcept;
  const DeliveryPolicy& policy() const noexcept { return options_.policy; }
  std::size_t receivers() const noexcept { return to_->roster.size(); }
  StreamClass stream_class() const noexcept { return item_options_.stream_class; }
  std::size_t message_bytes() const noexcept { return message_bytes_; }

  /// Stops keeping the message: receivers that do not have it yet lose it, with an outcome.
  void fall_behind();

  /// True if it goes to all receivers at once and ends when all are settled or at its deadline.
  bool is_plain() const noexcept;
  bool tolerates(std::size_t failures) const noexcept { return failures <= options_.tolerated.value_or(0); }
  Deadline deadline() const noexcept { return deadline_; }
  bool has_ended(std::size_t turn) const noexcept { return place_of(turn).ended_at != TimePoint(); }
  /// The item of a receiver that has not ended.
  LaneItem& item(std::size_t turn) noexcept { return *places_[receiver_at(turn)].item; }

  /// Call it once all have ended.
  Report report(bool satisfied) const;

  /// The report of an abandoned broadcast: the known outcomes; all others failed with `why`.
  Report abandoned(const DeliveryError& why);

  /// The report of a broadcast that did not begin: all receivers are skipped.
  Report refused(const Status& why) const;

 private:
  struct Place {
    std::unique_ptr<LaneItem> item;      // null: freed
    std::unique_ptr<DeliveryError> end;  // null: not ended, or delivered without a remark
    TimePoint ended_at{};                // TimePoint(): not ended
  };

  void take_places();
  void choose_order();
  std::size_t receiver_at(std::size_t turn) const noexcept { return order_.empty() ? turn : order_[turn]; }
  const Place& place_of(std::size_t turn) const noexcept { return places_[receiver_at(turn)]; }
  void end(std::size_t index, std::unique_ptr<DeliveryError> end) noexcept;
  void fired() noexcept override;  // the message has expired
  Report heading(bool satisfied) const;
  Duration timeout() const noexcept;

  std::shared_ptr<BroadcasterState> shared_;
  std::shared_ptr<const ActiveRoster> to_;
  Message message_;
  BroadcastOptions options_;
  std::size_t message_bytes_;
  bool fell_behind_ = false;
  TimePoint begun_;
  Deadline deadline_;
  LaneItemOptions item_options_;
  std::vector<Place> places_;       // one for each receiver
  std::vector<std::size_t> order_;  // indices of receivers by turn; empty: the roster's order
};

}  // namespace exocast::detail
