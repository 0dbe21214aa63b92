// SPDX-License-Identifier: Apache-2.0
#pragma once
// Lane: the bounded, ordered line in front of one peer. Whatever is sent to a peer goes through its lane, so messages
// of one stream reach it in their order, and what waits for a slow peer waits here and nowhere else.
//
//   in     a message takes its place in the line of its class: control before tokens before bulk;
//   out    batches, as large as what waits and as the link takes them, so many at a time as FairLimits::per_target
//   says,
//          each after a place among all the node's sends (FairLimiter);
//   full   the class's Overflow policy acts once the lane has been over its limits for LaneLimits::patience;
//   broken what has surely not reached the peer is sent again, in order, within a retry budget (retry_budget.h), after
//   a
//          pause with full jitter; a peer that stays unreachable opens the circuit (circuit.h), and then messages to it
//          are `skipped` at once, instead of each waiting out its deadline.
// Every message gets exactly one outcome. Threading: one thread, that of the scheduler; no locks. Lifetime: limiter and
// scheduler outlive it; destroying it abandons what is under way. Items leave by themselves.

#include <array>
#include <string_view>
#include <vector>

#include "base/backoff.h"
#include "exocast/gather/event.h"
#include "exocast/histogram.h"
#include "exocast/lane_options.h"
#include "lane/circuit.h"
#include "lane/lane_flight.h"
#include "lane/lane_queue.h"
#include "lane/peer_health.h"
#include "lane/retry_budget.h"

namespace exocast {

/// The messages of one class in a lane that have no outcome yet.
struct Unanswered {
  std::size_t messages = 0;
  std::size_t bytes = 0;
};

class Lane final : private Runnable, private Timer {
 public:
  /// `random` draws the pauses.
  Lane(Scheduler& scheduler, FairLimiter& limiter, Destination to, const LaneOptions& options, Random random);
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  ~Lane();

  /// Gives `item`, which is idle, its place in the line; or its outcome at once, if there is nothing to wait for.
  /// `options` outlive its stay.
  void add(LaneItem& item, const LaneItemOptions& options);
  void add(LaneItem& item, LaneItemOptions&& options) = delete;

  /// `item`, which is in the line, is not to be sent: it is settled so.
  void drop(LaneItem& item, DeliveryError why) noexcept;

  /// `item`, which is in the lane, is not kept any longer, because newer messages need the room: it is lost, with an
  /// outcome; with Overflow::disconnect all that waits is.
  void fall_behind(LaneItem& item) noexcept;

  /// `item` is of no use any more if it has not been sent: after having waited for `after`.
  void expire(LaneItem& item, Duration after) noexcept;

  /// Settles all that is queued with `why`, asks all that is under way to stop, and takes nothing more.
  void close(const DeliveryError& why) noexcept;

  /// The same for a peer that is no receiver any more, because it `why`, such as "left the roster". What is under way
  /// is `cancelled` at once: an answer would come over a link that is not its peer's any more, and it could come after
  /// those to what a newer link brought there.
  void retire(std::string_view why) noexcept;

  const Destination& destination() const noexcept { return to_; }

  const Unanswered& unanswered(StreamClass of) const noexcept { return track(of).unanswered; }

  /// When the peer last answered a message of this class; or when the first of those without an outcome came.
  TimePoint progress_at(StreamClass of) const noexcept { return track(of).progress_at; }

  /// False if messages are skipped at once: there is no link, or the peer is known to be dead, or it has left.
  bool takes_messages() const noexcept {
    return to_.link != nullptr && !closed_ && circuit_.state() == CircuitState::closed;
  }

  /// How the peer stands.
  PeerState state() noexcept;

  /// From a message's place in the line to the peer's answer, of all that was answered; the time in which a message
  /// only holds its place, as its broadcast's limit does not let it go yet, does not count.
  const LatencyHistogram& latency() const noexcept { return latency_; }

  /// Waits until nothing is under way, or until `deadline`. Returns how many batches still are.
  task<std::size_t> idle(Deadline deadline);

  LaneMetrics metrics() noexcept;

 private:
  friend class LaneItem;
  friend class LaneFlight;

  /// What the batches of one class share.
  struct Track {
    FairLimiter::Target target;
    IntrusiveList<LaneFlight> flights;
    std::size_t count = 0;
    Unanswered unanswered;
    TimePoint progress_at{};
    bool resending = false;  // what was under way when the link broke ends first, so that the order is kept
  };
  Track& track(StreamClass of) noexcept { return tracks_[static_cast<std::size_t>(of)]; }
  const Track& track(StreamClass of) const noexcept { return tracks_[static_cast<std::size_t>(of)]; }

  // In.
  std::optional<DeliveryError> reason_not_to_take(const LaneItemOptions& options);
  LaneItem* with_its_key(const LaneItem& item) const noexcept;
  void supersede(LaneItem& older) noexcept;
  Overflow overflow(StreamClass of) const noexcept { return options_.overflow[static_cast<std::size_t>(of)]; }

  // Items.
  void count_in(const LaneItem& item) noexcept;
  void count_out(const LaneItem& item) noexcept;
  void released(LaneItem& item) noexcept;
  void give_up(LaneItem& item) noexcept;
  Stage stage_of(const LaneItem& item) const noexcept;

  // Out.
  void pump() noexcept;
  void pump_soon() noexcept;
  bool may_send(StreamClass of) const noexcept;
  LaneItem* next(StreamClass of) noexcept;
  void send(LaneItem& first);
  task<BatchEnd> carry(LaneFlight& flight);
  bool load(LaneFlight& flight);
  void landed(LaneFlight& flight, const BatchEnd& end) noexcept;
  void answered(LaneFlight& flight, std::size_t answered, std::span<const Refusal> refused) noexcept;
  void settle_answered(LaneFlight& flight, std::size_t answered, std::span<const Refusal> refused) noexcept;
  void settle_rest(LaneFlight& flight, const BatchEnd& end) noexcept;
  void fail(LaneItem& item, const Status& error) noexcept;
  void resend(std::span<LaneItem* const> rest, const std::string& note) noexcept;
  void learn(const LaneFlight& flight, const BatchEnd& end) noexcept;
  void learn_of_answers(const LaneFlight& flight, std::size_t answered, std::size_t refused) noexcept;
  TimePoint oldest_unanswered() const noexcept;

  // Full, and broken.
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
  std::array<Track, all_stream_classes.size()> tracks_;
  RetryBudget budget_;
  Circuit circuit_;
  Backoff pauses_;
  PeerHealth health_;
  LaneMetrics metrics_;
  std::vector<std::size_t> busy_;  // streams of batches under way, while next() looks
  Scope scope_;                    // of what links leave behind
  std::size_t flights_ = 0;
  Event idle_;
  TimePoint over_since_ = TimePoint::max();
  TimePoint paused_until_ = TimePoint::min();
  std::optional<DeliveryError> closed_;
  std::vector<LaneItem*> spare_items_;  // of the last batch, empty: the next one need not allocate
  LatencyHistogram latency_;            // last: it is larger than all the rest
};

}  // namespace exocast
