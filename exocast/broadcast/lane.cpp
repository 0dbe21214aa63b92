// SPDX-License-Identifier: Apache-2.0
#include "exocast/broadcast/lane.h"

#include <algorithm>
#include <iterator>
#include <ranges>
#include <utility>

#include <fmt/format.h>

namespace exocast {
namespace {

DeliveryError skipped(std::string code, std::string text) {
  return {DeliveryOutcome::skipped, {std::move(code), std::move(text)}};
}

}  // namespace

Lane::Lane(Scheduler& scheduler, FairLimiter& limiter, const Destination& to, const LaneOptions& options, Random random)
    : scheduler_(scheduler),
      limiter_(limiter),
      to_(to),
      options_(options),
      random_(random),
      budget_(options.retries),
      circuit_(options.circuit, Random(random_())),
      pauses_(options.pauses),
      scope_(scheduler) {}

Lane::~Lane() {
  for (Track& track : tracks_) {
    while (LaneFlight* flight = track.flights.pop_front()) delete flight;
  }
}

// In.

void Lane::add(LaneItem& item, LaneItemOptions options) {
  item.lane_ = this;
  item.options_ = std::move(options);
  if (auto reason = reason_not_to_take(item.options_)) return item.settle_unsent(std::unexpected(*std::move(reason)));
  supersede(item);
  item.queued_at_ = scheduler_.now();
  queue_.push(item);
  metrics_.queued_messages_peak = std::max(metrics_.queued_messages_peak, queue_.messages());
  metrics_.queued_bytes_peak = std::max(metrics_.queued_bytes_peak, queue_.bytes());
  heed_limits();
}

std::optional<DeliveryError> Lane::reason_not_to_take(const LaneItemOptions& options) {
  if (closed_) return closed_;
  if (auto fine = deliverable(to_, options.message->bytes()); !fine) return std::move(fine.error());
  const TimePoint now = scheduler_.now();
  if (circuit_.allows(now)) return std::nullopt;
  ++metrics_.skipped_total;
  return skipped("UNAVAILABLE", circuit_.why(now));
}

/// Where the latest wins, an older one with the same key that still waits need not be sent any more.
void Lane::supersede(LaneItem& newer) noexcept {
  const LaneItemOptions& options = newer.options_;
  if (options.key.empty() || overflow(options.stream_class) != Overflow::latest_wins) return;
  LaneItem* older = queue_.find_key(options.stream_class, options.key);
  if (older == nullptr) return;
  ++metrics_.superseded_total;
  drop(*older, skipped("", fmt::format("superseded by a newer message with the key '{}'", options.key)));
}

void Lane::drop(LaneItem& item, DeliveryError why) noexcept {
  if (item.flight_ != nullptr) item.flight_->leave(item);
  queue_.remove(item);
  item.settle_unsent(std::unexpected(std::move(why)));
}

void Lane::expire(LaneItem& item, Duration after) noexcept {
  if (item.state_ != LaneItem::State::queued) return;
  ++metrics_.expired_total;
  drop(item, skipped("", fmt::format("expired: not sent within {:g} ms", to_ms(after))));
}

void Lane::drop_all(const DeliveryError& why) noexcept {
  for (const StreamClass of : all_stream_classes) {
    while (LaneItem* item = queue_.front(of)) drop(*item, why);
  }
}

void Lane::give_up(LaneItem& item) noexcept {
  item.stage_ = stage_of(item);
  if (item.flight_ != nullptr) item.flight_->leave(item);
  if (item.state_ == LaneItem::State::queued) queue_.remove(item);
  item.state_ = LaneItem::State::idle;
}

Stage Lane::stage_of(const LaneItem& item) const noexcept {
  if (item.state_ == LaneItem::State::flying) return Stage::sent;
  if (!item.released()) return Stage::waiting;
  const Track& track = this->track(item.options_.stream_class);
  for (const LaneFlight* flight = track.flights.front(); flight != nullptr; flight = track.flights.after(*flight)) {
    if (!flight->waits()) return Stage::blocked;
  }
  return Stage::waiting;
}

// Out.

void Lane::pump_soon() noexcept {
  if (!queued()) scheduler_.post(*this);
}

void Lane::run() noexcept {
  heed_limits();
  pump();
}

void Lane::pump() noexcept {
  for (const StreamClass of : all_stream_classes) {
    while (LaneItem* item = next(of)) send(*item);
  }
  arm();
}

bool Lane::may_send(StreamClass of) const noexcept {
  const TimePoint now = scheduler_.now();
  return !closed_ && !track(of).resending && paused_until_ <= now && circuit_.allows(now);
}

LaneItem* Lane::next(StreamClass of) noexcept {
  const Track& track = this->track(of);
  if (!may_send(of) || track.count >= limiter_.limits().per_target.count() || queue_.empty(of)) return nullptr;
  const LinkTraits traits = to_.link->traits();
  busy_.clear();
  for (const LaneFlight* flight = track.flights.front(); flight != nullptr; flight = track.flights.after(*flight)) {
    // On an ordered link one at a time waits to take what is in front.
    if (traits.ordered && flight->waits()) return nullptr;
    busy_.push_back(flight->stream());
  }
  return queue_.next(of, traits, busy_);
}

void Lane::send(LaneItem& first) {
  Track& track = this->track(first.options_.stream_class);
  auto* flight = new LaneFlight(*this, scope_, first);
  track.flights.push_back(*flight);
  ++track.count;
  ++flights_;
  idle_.reset();
  flight->start(carry(*flight));
}

task<BatchEnd> Lane::carry(LaneFlight& flight) {
  FairLimiter::Turn turn(limiter_, flight.flow(), track(flight.stream_class()).target);
  co_await turn;
  if (!load(flight)) co_return BatchEnd{};
  pump_soon();  // after this batch has been given to the link, so that the next one is behind it
  co_return co_await to_.link->deliver_all(flight.messages(), flight.deadline(scheduler_.now()));
}

/// Takes the batch for `flight`, which has its place; false if there is nothing to send any more.
bool Lane::load(LaneFlight& flight) {
  if (!may_send(flight.stream_class())) return false;
  LaneItem* first = flight.first();
  if (first == nullptr) return false;
  queue_.take(*first, to_.link->traits(), flight.items());
  flight.take_off(scheduler_.now());
  circuit_.sent();
  ++metrics_.batches_total;
  return true;
}

// The end of a batch.

void Lane::landed(LaneFlight& flight, BatchEnd end) noexcept {
  Track& track = this->track(flight.stream_class());
  if (!flight.waits()) {
    learn(end);
    settle_answered(flight, end);
    settle_rest(flight, end);
    if (circuit_.state() == CircuitState::open) {
      metrics_.skipped_total += queue_.messages();
      drop_all(skipped("UNAVAILABLE", circuit_.why(scheduler_.now())));
    }
  }
  delete &flight;
  if (--track.count == 0) track.resending = false;
  if (--flights_ == 0) idle_.set();
  pump_soon();
}

/// What the end of a batch tells of the peer.
void Lane::learn(const BatchEnd& end) noexcept {
  const TimePoint now = scheduler_.now();
  const std::string_view code = end.broken ? end.broken->code : std::string_view();
  if (code == "UNAVAILABLE") {
    circuit_.unreachable(now, *end.broken);
    paused_until_ = std::max(paused_until_, now + pauses_.next(random_));
  } else if (end.answered > 0 || (code != "DEADLINE_EXCEEDED" && code != "CANCELLED")) {
    circuit_.reached();
    budget_.succeeded(std::max<std::size_t>(end.answered, 1));
    pauses_.reset();
  } else {
    circuit_.ended_unknown(now);
  }
}

void Lane::settle_answered(LaneFlight& flight, const BatchEnd& end) noexcept {
  auto refused = end.refused.begin();
  const std::size_t answered = std::min(end.answered, flight.items().size());
  for (std::size_t index = 0; index < answered; ++index) {
    const bool is_refused = refused != end.refused.end() && refused->index == index;
    ++(is_refused ? metrics_.failed_total : metrics_.delivered_total);
    LaneItem* item = flight.items()[index];
    if (item != nullptr && is_refused) {
      item->settle(std::unexpected(DeliveryError{DeliveryOutcome::failed, refused->error}));
    } else if (item != nullptr) {
      item->settle({});
    }
    if (is_refused) ++refused;
  }
}

void Lane::settle_rest(LaneFlight& flight, const BatchEnd& end) noexcept {
  const auto items = std::span(flight.items()).subspan(std::min(end.answered, flight.items().size()));
  std::vector<LaneItem*> rest;
  std::ranges::copy_if(items, std::back_inserter(rest), [](const LaneItem* item) { return item != nullptr; });
  if (rest.empty()) return;
  const TimePoint now = scheduler_.now();
  const LinkError error = end.broken.value_or(LinkError{"INTERNAL", "the link did not answer for all"});
  if (closed_) {
    for (LaneItem* item : rest) item->settle(std::unexpected(*closed_));
  } else if (end.resendable && circuit_.state() == CircuitState::closed && budget_.try_schedule()) {
    resend(rest, end.note);
  } else {
    for (LaneItem* item : rest) {
      item->settle(std::unexpected(
          to_delivery_error(error, item->answer_by(flight.took_off_at()), now, item->allowed(flight.took_off_at()))));
    }
  }
}

void Lane::resend(std::span<LaneItem* const> rest, const std::string& note) noexcept {
  for (LaneItem* item : rest) {
    item->flight_->leave(*item);
    if (!note.empty()) item->note_ = note;
  }
  queue_.put_back(rest);
  track(rest.front()->options_.stream_class).resending = true;
  metrics_.resent_total += rest.size();
}

// Full.

bool Lane::over() const noexcept {
  const LaneLimits& limits = options_.limits;
  return queue_.messages() > limits.messages || (queue_.bytes() > limits.bytes && queue_.messages() > 1);
}

void Lane::heed_limits() noexcept {
  const TimePoint now = scheduler_.now();
  if (!over()) {
    over_since_ = TimePoint::max();
    return;
  }
  if (over_since_ == TimePoint::max()) over_since_ = now;
  if (now >= over_since_ + options_.limits.patience) make_room();
}

/// What waits longest for room is what matters least: bulk before tokens before control.
void Lane::make_room() noexcept {
  const DeliveryError dropped =
      skipped("RESOURCE_EXHAUSTED", fmt::format("dropped: more than {} messages or {} bytes waited for this peer",
                                                options_.limits.messages, options_.limits.bytes));
  for (const StreamClass of : all_stream_classes | std::views::reverse) {
    if (overflow(of) == Overflow::drop_oldest) {
      for (; over() && queue_.front(of) != nullptr; ++metrics_.dropped_total) drop(*queue_.front(of), dropped);
    } else if (overflow(of) == Overflow::disconnect && !queue_.empty(of) && over()) {
      disconnect();
    }
  }
}

/// The peer is given up: what waits fails now, and what is under way with its connection.
void Lane::disconnect() noexcept {
  metrics_.dropped_total += queue_.messages();
  drop_all({DeliveryOutcome::failed,
            {"RESOURCE_EXHAUSTED", fmt::format("disconnected: more than {} messages or {} bytes waited for this peer",
                                               options_.limits.messages, options_.limits.bytes)}});
  to_.link->disconnect();
}

/// Keeps the timer armed for the end of a pause, for the next probe and for the end of patience.
void Lane::arm() noexcept {
  if (queue_.empty() || closed_) return disarm();
  const TimePoint now = scheduler_.now();
  TimePoint next = TimePoint::max();
  for (const TimePoint time :
       {paused_until_, circuit_.next_probe(), Deadline::after(over_since_, options_.limits.patience).time()}) {
    if (time > now) next = std::min(next, time);
  }
  if (next == TimePoint::max()) return disarm();
  if (!armed() || time() != next) scheduler_.wake_at(*this, next);
}

// The end.

void Lane::close(const DeliveryError& why) noexcept {
  closed_ = why;
  drop_all(why);
  for (Track& track : tracks_) {
    for (LaneFlight* flight = track.flights.front(); flight != nullptr;) {
      LaneFlight* after = track.flights.after(*flight);
      flight->request_stop();
      flight = after;
    }
  }
}

task<std::size_t> Lane::idle(Deadline deadline) {
  while (flights_ > 0 && !deadline.passed(scheduler_.now())) co_await idle_.wait(deadline);
  co_return flights_;
}

LaneMetrics Lane::metrics() const {
  LaneMetrics metrics = metrics_;
  metrics.queued_messages = queue_.messages();
  metrics.queued_bytes = queue_.bytes();
  if (const LaneItem* oldest = queue_.oldest(); oldest != nullptr) {
    metrics.oldest_age = scheduler_.now() - oldest->queued_at_;
  }
  metrics.batches = flights_;
  metrics.retries = budget_.metrics();
  metrics.circuit = circuit_.state();
  return metrics;
}

}  // namespace exocast
