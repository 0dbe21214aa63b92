// SPDX-License-Identifier: Apache-2.0
#pragma once
// Broadcast: one broadcast under way; what the Broadcaster's gather calls. Not for users: see broadcaster.h.
//
// It takes its place in every lane at once, in begin(): so whatever is begun later is behind it everywhere. Then a
// gather over the lanes waits for the outcomes, within the broadcast's limit, deadline and policy; or a FanOut, where
// all are waited for. Ownership: the gather's callables or the FanOut own this, this owns the message, the items in the
// lanes, the receivers it began with and what all broadcasts of one Broadcaster share. Per delivery nothing is copied,
// and what has ended is let go; names and texts are made when the report is. Threading: that of the scheduler.

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
  /// Takes its places, now.
  static std::shared_ptr<Broadcast> begin(std::shared_ptr<BroadcasterState> shared, Message message,
                                          BroadcastOptions options);

  /// For begin() and refused().
  Broadcast(std::shared_ptr<BroadcasterState> shared, Message message, BroadcastOptions options);
  ~Broadcast();

  /// Stands for the error of an item.
  struct Undelivered {};

  /// Sends to the receiver whose turn is the `turn`-th, and waits for its outcome. Under a limit that not all of them
  /// fit into at once, those that stand well come first.
  task<std::expected<void, Undelivered>> deliver(std::size_t turn);

  /// The outcome of the receiver whose turn was the `turn`-th is known: that of its item for a value or an error.
  void settled(std::size_t turn, Reason reason) noexcept;

  GatherOptions gather_options() const noexcept;
  const DeliveryPolicy& policy() const noexcept { return options_.policy; }
  std::size_t receivers() const noexcept { return to_->roster.size(); }
  StreamClass stream_class() const noexcept { return item_options_.stream_class; }
  std::size_t message_bytes() const noexcept { return message_bytes_; }

  /// It is not kept any longer for those who have not got it: they lose it, with an outcome.
  void fall_behind();

  /// Whether it is sent to all receivers at once and ends when all of them have, or at its deadline.
  bool is_plain() const noexcept;
  bool tolerates(std::size_t failures) const noexcept { return failures <= options_.tolerated.value_or(0); }
  Deadline deadline() const noexcept { return deadline_; }
  bool has_ended(std::size_t turn) const noexcept { return place_of(turn).ended_at != TimePoint(); }
  /// Of one that has not ended.
  LaneItem& item(std::size_t turn) noexcept { return *places_[receiver_at(turn)].item; }

  /// Once all have ended.
  Report report(bool satisfied) const;

  /// The report of one that nobody runs any more: what is known of its outcomes; the rest failed for `why`.
  Report abandoned(const DeliveryError& why);

  /// The report of a broadcast that was not begun: all receivers skipped.
  Report refused(const Status& why) const;

 private:
  struct Place {
    std::unique_ptr<LaneItem> item;      // null: not needed any more
    std::unique_ptr<DeliveryError> end;  // null: not ended, or delivered and nothing to say
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
  std::shared_ptr<const Receivers> to_;
  Message message_;
  BroadcastOptions options_;
  std::size_t message_bytes_;
  bool fell_behind_ = false;
  TimePoint begun_;
  Deadline deadline_;
  LaneItemOptions item_options_;
  std::vector<Place> places_;       // one for each receiver
  std::vector<std::size_t> order_;  // of the receivers' turns; empty: that of the roster
};

}  // namespace exocast::detail
