// SPDX-License-Identifier: Apache-2.0
#pragma once
// Broadcast: one broadcast in progress, as the Broadcaster's gather sees it. Internal: see broadcaster.h.
//
// begin() puts it into every lane at once, so a later broadcast is behind it in every lane. A gather over the lanes
// then waits for the outcomes, within the broadcast's limit, deadline and policy; it has an item in each lane. A
// broadcast that waits for all receivers uses a FanOut instead, and has items only where something went wrong. The
// gather's callables or the FanOut own this object. It owns the message, its items, the receivers it began with, and a
// share of the state of the Broadcaster. Nothing is copied per delivery, and names and texts are made with the report.
// Threading: that of the scheduler.

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "broadcast/broadcaster_state.h"
#include "exocast/gather/detail/frame_cache.h"
#include "exocast/gather/gather.h"
#include "exocast/options.h"
#include "lane/delivery.h"

namespace exocast::detail {

/// The class of `message`, sent with `options`.
StreamClass stream_class_of(const Message& message, const BroadcastOptions& options) noexcept;

class Broadcast final : public Log::Entry {
 public:
  /// Hears that there are outcomes to tell, or that all are known; not inside this call may it tell them.
  class Listener : public LaneItem::Waiter {
   public:
    virtual void has_outcomes() noexcept = 0;

   protected:
    ~Listener() = default;
  };

  /// To the receivers of now. It is in no lane before begin().
  static std::shared_ptr<Broadcast> make(const std::shared_ptr<BroadcasterState>& shared, Message&& message,
                                         BroadcastOptions&& options) {
    return std::allocate_shared<Broadcast>(FrameAllocator<Broadcast>(), shared, std::move(message), std::move(options));
  }
  /// For make() and refused().
  Broadcast(std::shared_ptr<BroadcasterState> shared, Message message, BroadcastOptions options);
  ~Broadcast();

  /// Puts it into all lanes at once, for a gather: with an item in each.
  void begin();

  /// The same for a FanOut, which listens. It must be plain: see is_plain().
  void begin(Listener& listener);

  /// The error type of deliver(); the item has the details.
  struct Undelivered {};

  /// Sends to the receiver at position `turn` of the order, and waits for its outcome. If the limit is below the number
  /// of receivers, healthy ones come first.
  task<std::expected<void, Undelivered>> deliver(std::size_t turn);

  /// Records the outcome of the receiver at position `turn`; for ok and error, the one that its item holds.
  void settled(std::size_t turn, Reason reason) noexcept;

  Scheduler& scheduler() const noexcept { return shared_->scheduler; }
  GatherOptions gather_options() const noexcept;
  const DeliveryPolicy& policy() const noexcept { return options_.policy; }
  std::size_t receivers() const noexcept { return to_->roster.size(); }
  StreamClass stream_class() const noexcept { return item_options_.stream_class; }
  /// Whether a receiver that has not left the roster did not accept it.
  bool is_lost() const noexcept { return lost_; }

  // As an entry of the log.
  void delivered_to(std::uint32_t place, TimePoint now) noexcept override;
  LaneItem& make_item(std::uint32_t place) override;
  void fall_behind() override;
  void fetch() const noexcept override;

  /// True if it goes to all receivers at once and ends when all are settled or at its deadline.
  bool is_plain() const noexcept;
  bool tolerates(std::size_t failures) const noexcept { return failures <= options_.tolerated.value_or(0); }
  Deadline deadline() const noexcept { return item_options_.deadline; }
  /// The item of a receiver that has not ended.
  LaneItem& item(std::size_t turn) noexcept { return item_of(receiver_at(turn)); }

  // For a FanOut.
  /// Whether every receiver has an outcome, and none is to be told any more.
  bool is_over() const noexcept { return open_ == 0 && first_noted_ == nobody; }
  /// Receivers with an outcome that is not `delivered`.
  std::size_t failed() const noexcept { return failed_; }
  /// The outcome of the receiver is to be told; its item is settled.
  void note(std::size_t receiver) noexcept;
  /// Settles and tells what was noted, in that order.
  void tell_noted() noexcept;
  /// Ends the receivers without an outcome: their time is over.
  void time_out() noexcept;

  /// Call it once all have ended.
  Report report(bool satisfied) const;

  /// The report of an abandoned broadcast: the known outcomes; all others failed with `why`.
  Report abandoned(const DeliveryError& why);

  /// The report of a broadcast that did not begin: all receivers are skipped.
  Report refused(const Status& why) const;

 private:
  /// Most receivers that lose a message lose it for the same reason, which is made once.
  struct NotShared {
    void operator()(const DeliveryError* end) const noexcept {
      if (end != &Lane::fell_behind) delete end;
    }
  };
  using End = std::unique_ptr<const DeliveryError, NotShared>;

  static constexpr std::uint32_t nobody = UINT32_MAX;
  struct Place {
    TimePoint ended_at{};  // TimePoint(): not ended
    std::uint32_t next_noted = nobody;
  };
  /// What most receivers have not.
  struct Extra {
    std::unique_ptr<LaneItem> item;  // null: ended and freed, or only a position in the lane
    End end;                         // null: not ended, or delivered without a remark
  };

  class Expiry;

  LaneItemOptions make_item_options() const;
  LaneItem& make_item(std::size_t index, bool released);
  void expire_later();
  void expire() noexcept;
  void choose_order();
  Extra& extra(std::size_t index);
  LaneItem* item_at(std::size_t index) const noexcept { return extras_.empty() ? nullptr : extras_[index].item.get(); }
  const DeliveryError* end_at(std::size_t index) const noexcept {
    return extras_.empty() ? nullptr : extras_[index].end.get();
  }
  LaneItem& item_of(std::size_t index);
  void tell(std::size_t index) const;
  std::size_t receiver_at(std::size_t turn) const noexcept { return order_.empty() ? turn : order_[turn]; }
  const Place& place_of(std::size_t turn) const noexcept { return places_[receiver_at(turn)]; }
  void end(std::size_t index, End end) noexcept;
  void enter_log();
  void count_loss(std::size_t index) noexcept { lost_ = lost_ || !to_->lanes[index]->has_left(); }
  Report heading(bool satisfied) const;
  Duration timeout() const noexcept { return item_options_.timeout; }  // of the whole broadcast, for the texts

  // What every receiver needs comes first: there are many broadcasts, and each is looked at once per receiver.
  LaneItemOptions item_options_;
  std::shared_ptr<BroadcasterState> shared_;
  std::shared_ptr<const ActiveRoster> to_;
  Message message_;
  Listener* listener_ = nullptr;
  std::vector<Place, FrameAllocator<Place>> places_;  // one for each receiver
  std::vector<Extra, FrameAllocator<Extra>> extras_;  // the same, or none at all
  std::uint32_t open_ = 0;                            // of the receivers
  std::uint32_t failed_ = 0;
  std::uint32_t first_noted_ = nobody;
  std::uint32_t last_noted_ = nobody;
  bool heard_ = false;  // the listener knows that there is something to tell
  bool fell_behind_ = false;
  bool lost_ = false;
  BroadcastOptions options_;
  std::unique_ptr<Expiry> expiry_;
  std::vector<std::size_t> order_;  // indices of receivers by turn; empty: the roster's order
};

}  // namespace exocast::detail
