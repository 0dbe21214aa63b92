// SPDX-License-Identifier: Apache-2.0
#pragma once
// Lane: the bounded, ordered queue in front of one peer. Every message to a peer goes through its lane, so messages of
// one stream arrive in order, and messages to a slow peer wait only here.
//
//   in     a message queues in its class: control before tokens before bulk;
//   out    batches, as large as the queue and the link allow; up to FairLimits::per_target at a time, each after it
//          got a place among all the node's sends (FairLimiter);
//   full   the class's Overflow policy acts when the lane has been over its limits for LaneLimits::patience;
//   broken messages that certainly did not reach the peer are resent, in order, within a retry budget
//          (retry_budget.h), after a pause with full jitter. A peer that stays unreachable opens the circuit
//          (circuit.h): then messages to it are `skipped` at once, instead of each waiting for its deadline.
// Every message gets exactly one outcome. Threading: one thread, that of the scheduler; no locks. Lifetime: limiter
// and scheduler outlive it; destroying it abandons what is under way. Items remove themselves.

#include <array>
#include <string_view>
#include <vector>

#include "base/backoff.h"
#include "exocast/gather/event.h"
#include "exocast/histogram.h"
#include "exocast/lane_options.h"
#include "lane/broken_streams.h"
#include "lane/circuit.h"
#include "lane/lane_flight.h"
#include "lane/lane_queue.h"
#include "lane/peer_health.h"
#include "lane/retry_budget.h"

namespace exocast {

class Lane final : private Runnable, private Timer {
 public:
  /// `random` draws the pauses.
  Lane(Scheduler& scheduler, FairLimiter& limiter, Destination to, const LaneOptions& options, Random random);
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  ~Lane();

  /// Queues `item`, which is idle; or settles it at once, if it need not wait. `options` must live as long as the item
  /// is in the lane.
  void add(LaneItem& item, const LaneItemOptions& options);
  void add(LaneItem& item, LaneItemOptions&& options) = delete;

  /// Queues the messages of `range`, of one class. `place` is the peer's index among their receivers. They get no items
  /// unless they need them: the link is not ordered, or does not take them now.
  void add(const Log::Range& range, std::uint32_t place);

  /// The item of the message of `entry`, which is in the lane, queued or under way: made now, because it is about to
  /// become an exception.
  LaneItem& item_of(Log::Entry& entry);

  /// Removes the queued `item`, and settles it with `why`.
  void drop(LaneItem& item, DeliveryError why) noexcept;

  /// Ends `item`, which is in the lane, because newer messages need its room: it is lost, with an outcome. With
  /// Overflow::disconnect all queued items are.
  void fall_behind(LaneItem& item) noexcept;

  /// The same for a message that waits without an item: it has left when this returns true. False: it has or needs one.
  bool fall_behind(Log::Entry& entry);

  /// The outcome of what fell behind before it was sent.
  static const DeliveryError fell_behind;

  /// Drops `item` as expired: it was not sent within `after`.
  void expire(LaneItem& item, Duration after) noexcept;

  /// Settles all queued items with `why`, stops all batches under way, and accepts no more items.
  void close(const DeliveryError& why) noexcept;

  /// The same for a peer that is no longer a receiver, or not over this lane's link; `why` is such as "left the
  /// roster", which is true if it `has_left`. Items under way are
  /// `cancelled` at once: their answers would come over a link that is not the peer's any more, possibly after those
  /// of a newer link.
  void retire(std::string_view why, bool has_left) noexcept;

  /// Whether the peer has left the roster.
  bool has_left() const noexcept { return has_left_; }

  const Destination& destination() const noexcept { return to_; }

  /// The messages of this class in the lane, queued and under way.
  Unanswered unanswered(StreamClass of) const noexcept;

  /// When the peer last accepted a message of this class, or when the oldest unanswered one came; or, if there is none,
  /// the last one. TimePoint::min() if it was never given any.
  TimePoint progress_at(StreamClass of) const noexcept { return track(of).progress_at; }

  /// Whether the peer accepted messages of this class when it was last given some.
  bool accepts(StreamClass of) const noexcept { return track(of).accepts; }

  /// The state of the peer.
  PeerState state() noexcept;

  /// The time from queueing to the peer's answer, of all answered messages. It does not include the time in which a
  /// message only holds its place because of its broadcast's limit.
  const LatencyHistogram& latency() const noexcept { return latency_; }

  /// Waits until no batch is under way, or until `deadline`. Returns how many still are.
  task<std::size_t> idle(Deadline deadline);

  LaneMetrics metrics() noexcept;

 private:
  friend class LaneItem;
  friend class LaneFlight;

  /// The state that the batches of one class share.
  struct Track {
    FairLimiter::Target target;
    IntrusiveList<LaneFlight> flights;
    std::size_t count = 0;
    TimePoint progress_at = TimePoint::min();
    bool accepts = false;
    TimePoint gathers_until = TimePoint::min();
    bool more_came = false;    // to those that wait, since the last look
    std::uint64_t missed = 0;  // ended unsent since the last batch
    bool resending = false;    // the batches under way when the link broke end first, to keep the order
  };
  Track& track(StreamClass of) noexcept { return tracks_[static_cast<std::size_t>(of)]; }
  const Track& track(StreamClass of) const noexcept { return tracks_[static_cast<std::size_t>(of)]; }

  std::optional<DeliveryError> reason_not_to_take(const LaneItem& item);
  static const DeliveryError stream_broken;
  bool breaks_request(const LaneItem& item) noexcept;
  bool is_broken(const LaneItem& item) noexcept;
  std::uint64_t intact_until(const LaneItem& item) noexcept;
  void lost(const LaneItem& item) noexcept;
  LaneItem* next_unbroken(StreamClass of, const LinkTraits& traits) noexcept;
  bool takes(const Log::Range& range) const noexcept;
  void begin_waiting(StreamClass of) noexcept;
  void count_peaks() noexcept;
  LaneItem& make_item(const LaneMessage& message) noexcept;
  void make_items(StreamClass of) noexcept;
  LaneItem* front_item(StreamClass of) noexcept;
  LaneItem* with_its_key(const LaneItem& item) const noexcept;
  void supersede(LaneItem& older) noexcept;
  Overflow overflow(StreamClass of) const noexcept { return options_.overflow[static_cast<std::size_t>(of)]; }

  void end(LaneItem& item, DeliveryError why) noexcept;
  void released(LaneItem& item) noexcept;
  void give_up(LaneItem& item) noexcept;
  Stage stage_of(const LaneItem& item) const noexcept;

  void pump() noexcept;
  void pump_soon() noexcept;
  bool may_send(StreamClass of) const noexcept;
  bool send_next(StreamClass of);
  bool send_in_order(StreamClass of, const LinkTraits& traits);
  bool gathers(StreamClass of, const LinkTraits& traits, TimePoint since) noexcept;
  bool send_by_stream(StreamClass of, const LinkTraits& traits);
  void start(LaneFlight& flight);
  task<BatchEnd> carry(LaneFlight& flight);
  bool load(LaneFlight& flight);
  void landed(LaneFlight& flight, const BatchEnd& end) noexcept;
  void answered(LaneFlight& flight, std::size_t answered, std::span<const Refusal> refused) noexcept;
  void settle_answered(LaneFlight& flight, std::size_t answered, std::span<const Refusal> refused) noexcept;
  void settle_rest(LaneFlight& flight, const BatchEnd& end) noexcept;
  void fail(LaneItem& item, const Status& error) noexcept;
  void resend(std::span<LaneItem* const> rest, const std::string& note) noexcept;
  void learn(const LaneFlight& flight, const BatchEnd& end) noexcept;
  void learn_of_answers(const LaneFlight& flight, std::size_t total, std::span<const Refusal> all_refused) noexcept;
  TimePoint oldest_unanswered() const noexcept;

  bool over() const noexcept;
  void heed_limits() noexcept;
  void make_room() noexcept;
  void drop_all(const DeliveryError& why, std::size_t& counted) noexcept;
  void disconnect() noexcept;
  void arm() noexcept;

  void fired() noexcept override { pump_soon(); }
  void run() noexcept override;

  Scheduler& scheduler_;
  FairLimiter& limiter_;
  const Destination to_;
  LaneOptions options_;
  Random random_;
  LaneQueue queue_;
  BrokenStreams broken_;
  std::array<Track, all_stream_classes.size()> tracks_;
  RetryBudget budget_;
  Circuit circuit_;
  Backoff pauses_;
  PeerHealth health_;
  LaneMetrics metrics_;
  std::vector<std::size_t> busy_;  // streams of batches under way, while next() looks
  Scope scope_;                    // of the cleanup after links
  std::size_t flights_ = 0;
  Event idle_;
  TimePoint over_since_ = TimePoint::max();
  TimePoint paused_until_ = TimePoint::min();
  std::optional<DeliveryError> closed_;
  bool has_left_ = false;
  std::vector<LaneMessage> spare_batch_;        // the memory of the last batch, reused by the next one
  std::vector<const Message*> spare_messages_;  // the same
  LatencyHistogram latency_;                    // last, because it is larger than all the rest
};

}  // namespace exocast
