// SPDX-License-Identifier: Apache-2.0
#include "lane/lane.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace exocast {

Lane::Lane(Scheduler& scheduler, FairLimiter& limiter, Destination to, const LaneOptions& options, Random random)
    : scheduler_(scheduler),
      limiter_(limiter),
      to_(std::move(to)),
      options_(options),
      random_(random),
      budget_(options.retries),
      circuit_(options.circuit, Random(random_())),
      pauses_(options.pauses),
      health_(options.health),
      scope_(scheduler) {
  assert(options.limits.messages >= 1);
}

Lane::~Lane() {
  for (Track& track : tracks_) {
    while (LaneFlight* flight = track.flights.pop_front()) delete flight;
  }
}

void Lane::add(LaneItem& item, const LaneItemOptions& options) {
  assert(item.state_ == LaneItem::State::idle && options.message != nullptr);
  item.lane_ = this;
  item.options_ = &options;
  item.queued_at_ = scheduler_.now();
  begin_waiting(options.stream_class);
  item.number_ = queue_.take_number();
  if (auto reason = reason_not_to_take(item)) {
    const bool too_large = reason->outcome == PeerOutcome::too_large;
    ++(closed_ ? metrics_.closed_total : too_large ? metrics_.too_large_total : metrics_.skipped_total);
    ++track(options.stream_class).missed;
    lost(item);
    return item.settle_unsent(std::unexpected(*std::move(reason)));
  }
  if (LaneItem* older = with_its_key(item)) {
    queue_.replace(*older, item);
    supersede(*older);
  } else {
    if (!queue_.empty(options.stream_class)) track(options.stream_class).more_came = true;
    queue_.push(item);
  }
  count_peaks();
  heed_limits();
}

void Lane::add(const Log::Range& range, std::uint32_t place) {
  const StreamClass of = range.first->options().stream_class;
  if (!takes(range)) {
    Log::Entry* entry = range.first;
    for (std::size_t left = range.count; left > 0; --left) {
      Log::Entry* next = left > 1 ? entry->next() : nullptr;
      add(entry->make_item(place), entry->options());
      entry = next;
    }
    return pump_soon();
  }
  begin_waiting(of);
  if (!queue_.empty(of)) track(of).more_came = true;
  queue_.push(range, place);
  count_peaks();
  heed_limits();
  pump_soon();
}

/// Whether positions in the log are enough for the messages of `range`.
bool Lane::takes(const Log::Range& range) const noexcept {
  if (closed_ || to_.link == nullptr || !to_.link->traits().ordered) return false;
  return range.largest_bytes <= to_.link->message_bytes_max() && circuit_.allows(scheduler_.now());
}

/// Before the first message of a class: what the peer does with it is its progress.
void Lane::begin_waiting(StreamClass of) noexcept {
  Track& track = this->track(of);
  if (queue_.empty(of) && track.count == 0) track.progress_at = scheduler_.now();
}

void Lane::count_peaks() noexcept {
  metrics_.queued_messages_peak = std::max(metrics_.queued_messages_peak, queue_.messages());
  metrics_.queued_bytes_peak = std::max(metrics_.queued_bytes_peak, queue_.bytes());
}

LaneItem& Lane::item_of(Log::Entry& entry) {
  const StreamClass of = entry.options().stream_class;
  if (const auto queued = queue_.take_out(entry)) {
    LaneItem* item = &make_item(*queued);
    queue_.put_back({&item, 1});
    return *item;
  }
  LaneItem* item = nullptr;
  for (LaneFlight* flight = track(of).flights.front(); item == nullptr; flight = track(of).flights.after(*flight)) {
    assert(flight != nullptr && "the message is in the lane");
    item = flight->make_item(entry);
  }
  return *item;
}

/// Makes an item for a message that has none.
LaneItem& Lane::make_item(const LaneMessage& message) noexcept {
  LaneItem& item = message.entry->make_item(message.place);
  item.lane_ = this;
  item.options_ = &message.entry->options();
  item.stream_ = item.options_->stream;
  item.number_ = message.number;
  item.queued_at_ = message.entry->since();
  return item;
}

/// Gives an item to everything that waits in the line of `of`.
void Lane::make_items(StreamClass of) noexcept {
  std::vector<LaneItem*> items;
  while (const auto message = queue_.take_out_first(of)) items.push_back(&make_item(*message));
  queue_.put_back(items);
}

/// The item of the first message in the line; nullptr if there is none.
LaneItem* Lane::front_item(StreamClass of) noexcept {
  const LaneMessage front = queue_.front(of);
  return front.entry != nullptr ? &item_of(*front.entry) : front.item;
}

Unanswered Lane::unanswered(StreamClass of) const noexcept {
  Unanswered sum{.messages = queue_.messages(of), .bytes = queue_.message_bytes(of)};
  const IntrusiveList<LaneFlight>& flights = track(of).flights;
  for (const LaneFlight* flight = flights.front(); flight != nullptr; flight = flights.after(*flight)) {
    sum.messages += flight->aboard().messages;
    sum.bytes += flight->aboard().bytes;
  }
  return sum;
}

std::optional<DeliveryError> Lane::reason_not_to_take(const LaneItem& item) {
  if (closed_) return closed_;
  if (auto fine = deliverable(to_, item.message_bytes()); !fine) return std::move(fine.error());
  const TimePoint now = scheduler_.now();
  if (!circuit_.allows(now)) return skipped(StatusCode::unavailable, circuit_.why(now));
  if (is_broken(item)) return stream_broken;
  return std::nullopt;
}

/// With Overflow::latest_wins: the waiting item with the same key.
LaneItem* Lane::with_its_key(const LaneItem& item) const noexcept {
  const LaneItemOptions& options = *item.options_;
  if (!options.may_replace(overflow(options.stream_class))) return nullptr;
  return queue_.find_key(options.stream_class, options.key);
}

/// A newer item with the same key takes its place, so it need not be sent. So a key that is renewed faster than the
/// peer takes it still gets its turn.
void Lane::supersede(LaneItem& older) noexcept {
  ++metrics_.superseded_total;
  end(older,
      skipped(StatusCode::ok, fmt::format("superseded by a newer message with the key '{}'", older.options_->key)));
}

void Lane::drop(LaneItem& item, DeliveryError why) noexcept {
  if (!item.was_sent()) ++track(item.options_->stream_class).missed;
  end(item, std::move(why));
}

void Lane::end(LaneItem& item, DeliveryError why) noexcept {
  assert(item.lane_ == this && (item.state_ == LaneItem::State::queued || item.state_ == LaneItem::State::flying));
  if (item.flight_ != nullptr) item.flight_->leave(item);
  if (item.linked()) queue_.remove(item);
  if (item.was_sent()) why.outcome = PeerOutcome::failed;  // without success, but it was sent
  lost(item);
  item.settle_unsent(std::unexpected(std::move(why)));
  pump_soon();  // items that waited behind it may be sent
}

void Lane::expire(LaneItem& item, Duration after) noexcept {
  if (item.state_ != LaneItem::State::queued) return;
  ++metrics_.expired_total;
  drop(item, skipped(StatusCode::ok, fmt::format("expired: not sent within {:g} ms", to_ms(after))));
}

void Lane::drop_all(const DeliveryError& why, std::size_t& counted) noexcept {
  counted += queue_.messages();
  for (const StreamClass of : all_stream_classes) {
    while (LaneItem* item = front_item(of)) drop(*item, why);
  }
}

/// While an item only held its place, it did not wait for the peer.
void Lane::released(LaneItem& item) noexcept {
  item.queued_at_ = scheduler_.now();
  pump_soon();
}

void Lane::give_up(LaneItem& item) noexcept {
  assert(item.lane_ == this);
  item.stage_ = stage_of(item);
  ++metrics_.given_up_total;
  if (!item.was_sent()) ++track(item.options_->stream_class).missed;
  if (item.flight_ != nullptr) item.flight_->leave(item);
  if (item.state_ == LaneItem::State::queued) {
    queue_.remove(item);
    pump_soon();  // items that waited behind it may be sent
  }
  lost(item);
  item.state_ = LaneItem::State::idle;
}

Stage Lane::stage_of(const LaneItem& item) const noexcept {
  if (item.was_sent()) return Stage::sent;
  if (!item.released()) return Stage::waiting;
  const Track& track = this->track(item.options_->stream_class);
  for (const LaneFlight* flight = track.flights.front(); flight != nullptr; flight = track.flights.after(*flight)) {
    if (!flight->waits()) return Stage::blocked;
  }
  return Stage::waiting;
}

void Lane::close(const DeliveryError& why) noexcept {
  closed_ = why;
  drop_all(why, metrics_.closed_total);
  for (Track& track : tracks_) {
    for (LaneFlight* flight = track.flights.front(); flight != nullptr;) {
      LaneFlight* after = track.flights.after(*flight);
      flight->request_stop();
      flight = after;
    }
  }
}

void Lane::retire(std::string_view why, bool has_left) noexcept {
  has_left_ = has_left;
  closed_ = skipped(StatusCode::ok, std::string(why));
  drop_all(*closed_, metrics_.skipped_total);
  std::vector<LaneItem*> flying;
  for (Track& track : tracks_) {
    for (LaneFlight* flight = track.flights.front(); flight != nullptr; flight = track.flights.after(*flight)) {
      flight->make_items(0);
      for (const LaneMessage& message : flight->batch()) {
        if (message) flying.push_back(message.item);
      }
    }
  }
  for (LaneItem* item : flying) {
    ++metrics_.given_up_total;
    item->flight_->leave(*item);  // a flight without items is stopped
    item->settle(std::unexpected(
        DeliveryError{PeerOutcome::cancelled, Status::cancelled(fmt::format("cancelled: the peer {}", why))}));
  }
  close(*closed_);
}

task<std::size_t> Lane::idle(Deadline deadline) {
  while (flights_ > 0 && !deadline.passed(scheduler_.now())) co_await idle_.wait(deadline);
  co_return flights_;
}

PeerState Lane::state() noexcept {
  const TimePoint now = scheduler_.now();
  return health_.update(now, now - std::min(now, oldest_unanswered()), circuit_.state() != CircuitState::closed);
}

/// The time since which the oldest item, queued or under way, has waited for the peer; TimePoint::max() if none does.
TimePoint Lane::oldest_unanswered() const noexcept {
  if (queue_.empty() && flights_ == 0) return TimePoint::max();
  TimePoint oldest = TimePoint::max();
  for (const StreamClass of : all_stream_classes) {
    const LaneMessage front = queue_.front(of);
    if (front && front.released()) oldest = std::min(oldest, front.since());
    const LaneFlight* first = track(of).flights.front();
    if (first != nullptr && !first->waits()) oldest = std::min(oldest, first->oldest_since());
  }
  return oldest;
}

LaneMetrics Lane::metrics() noexcept {
  LaneMetrics metrics = metrics_;
  const TimePoint now = scheduler_.now();
  for (const StreamClass of : all_stream_classes) {
    const LaneMessage front = queue_.front(of);
    metrics.lines[static_cast<std::size_t>(of)] = {.messages = queue_.messages(of),
                                                   .bytes = queue_.bytes(of),
                                                   .oldest_age = front ? now - front.since() : Duration::zero()};
  }
  metrics.queued_messages = queue_.messages();
  metrics.queued_bytes = queue_.bytes();
  metrics.batches = flights_;
  metrics.retries = budget_.metrics();
  metrics.circuit = circuit_.state();
  metrics.state = state();
  return metrics;
}

}  // namespace exocast
