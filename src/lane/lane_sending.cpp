// SPDX-License-Identifier: Apache-2.0
// How the messages of a lane leave it: which are sent next, when, and in what batches.
#include <algorithm>
#include <optional>
#include <utility>

#include "lane/lane.h"

namespace exocast {

/// An empty queue has nothing to send, now or when the timer fires.
void Lane::pump_soon() noexcept {
  if (queue_.empty()) return disarm();
  if (!queued()) scheduler_.post(*this);
}

void Lane::run() noexcept {
  heed_limits();
  pump();
}

void Lane::pump() noexcept {
  for (const StreamClass of : all_stream_classes) {
    while (send_next(of)) {
    }
  }
  arm();
}

bool Lane::may_send(StreamClass of) const noexcept {
  const TimePoint now = scheduler_.now();
  return !closed_ && !track(of).resending && paused_until_ <= now && circuit_.allows(now);
}

/// Sends the next batch of a class; false if there is none to be sent now.
bool Lane::send_next(StreamClass of) {
  if (queue_.empty(of)) return false;
  const Track& track = this->track(of);
  if (!may_send(of) || track.count >= limiter_.limits().per_target.count()) return false;
  const LinkTraits traits = to_.link->traits();
  // If the link has changed, batches under the other rule end first.
  if (track.count > 0 && track.flights.front()->ordered() != traits.ordered) return false;
  return traits.ordered ? send_in_order(of, traits) : send_by_stream(of, traits);
}

bool Lane::send_in_order(StreamClass of, const LinkTraits& traits) {
  const LaneMessage first = queue_.front(of);
  if (!first.released()) return false;
  // A large message keeps no order with others in the link, so it does here.
  const bool large = first.message_bytes() > traits.batch_bytes_max;
  const LaneFlight* before = track(of).flights.front();
  if ((before != nullptr && before->large() != large) || gathers(of, traits, first.since())) return false;
  start(*new LaneFlight(*this, scope_, of, large));
  return true;
}

/// Whether the messages that wait `since` then are to wait for more: for the answer under way, and then as long as more
/// come in each turn of the loop.
bool Lane::gathers(StreamClass of, const LinkTraits& traits, TimePoint since) noexcept {
  Track& track = this->track(of);
  const bool more_came = std::exchange(track.more_came, false);
  if (track.count == 0 && !more_came) return false;
  if (queue_.messages(of) >= traits.batch_messages_max || queue_.message_bytes(of) >= traits.batch_bytes_max) {
    return false;
  }
  track.gathers_until = Deadline::after(since, traits.gather_for).time();
  if (scheduler_.now() >= track.gathers_until) return false;
  if (track.count == 0) pump_soon();
  return true;
}

bool Lane::send_by_stream(StreamClass of, const LinkTraits& traits) {
  make_items(of);
  const IntrusiveList<LaneFlight>& flights = track(of).flights;
  busy_.clear();
  for (const LaneFlight* flight = flights.front(); flight != nullptr; flight = flights.after(*flight)) {
    busy_.push_back(flight->stream());
  }
  LaneItem* first = next_unbroken(of, traits);
  if (first == nullptr) return false;
  start(*new LaneFlight(*this, scope_, *first));
  return true;
}

/// The next item; those of broken streams before it are skipped.
LaneItem* Lane::next_unbroken(StreamClass of, const LinkTraits& traits) noexcept {
  for (;;) {
    LaneItem* next = queue_.next(of, traits, busy_);
    if (next == nullptr || !is_broken(*next)) return next;
    ++metrics_.skipped_total;
    drop(*next, stream_broken);
  }
}

void Lane::start(LaneFlight& flight) {
  Track& track = this->track(flight.stream_class());
  track.flights.push_back(flight);
  ++track.count;
  ++flights_;
  idle_.reset();
  flight.start(carry(flight));
}

task<BatchEnd> Lane::carry(LaneFlight& flight) {
  std::optional<FairLimiter::Turn> turn;
  if (!flight.ordered()) {  // an ordered link has a window of its own, and no call for each batch
    turn.emplace(limiter_, flight.flow(), track(flight.stream_class()).target);
    co_await *turn;
  }
  if (!load(flight)) co_return BatchEnd{};
  pump_soon();  // after the link has this batch, so that the next one follows it
  flight.missed = std::exchange(track(flight.stream_class()).missed, 0);
  BatchOptions options{.deadline = flight.deadline(),
                       .stream_class = flight.stream_class(),
                       .missed = flight.missed,
                       .progress = &flight};
  flight.locate(options);
  co_return co_await to_.link->deliver_all(flight.messages(), options);
}

/// Loads the batch of `flight`, which has its place; false if there is nothing to send any more.
bool Lane::load(LaneFlight& flight) {
  if (!may_send(flight.stream_class())) return false;
  const LinkTraits traits = to_.link->traits();
  if (flight.ordered() != traits.ordered) return false;
  if (traits.ordered) {
    queue_.take(flight.stream_class(), traits, flight.batch());
  } else if (LaneItem* first = flight.first()) {
    queue_.take(*first, traits, intact_until(*first), flight.batch());
  }
  if (flight.waits()) return false;
  flight.take_off(scheduler_.now());
  circuit_.sent();
  ++metrics_.batches_total;
  return true;
}

}  // namespace exocast
