// SPDX-License-Identifier: Apache-2.0
// What the end of a batch means for its messages, for resending, and for the peer's state.
#include <algorithm>
#include <iterator>
#include <utility>

#include "lane/lane.h"

namespace exocast {

void Lane::landed(LaneFlight& flight, const BatchEnd& end) noexcept {
  Track& track = this->track(flight.stream_class());
  if (!flight.waits()) {
    learn(flight, end);
    settle_answered(flight, end);
    settle_rest(flight, end);
    if (circuit_.state() == CircuitState::open) {
      drop_all(skipped(StatusCode::unavailable, circuit_.why(scheduler_.now())), metrics_.skipped_total);
    }
  }
  delete &flight;
  if (--track.count == 0) track.resending = false;
  if (--flights_ == 0) idle_.set();
  pump_soon();
}

/// Updates what is known of the peer.
void Lane::learn(const LaneFlight& flight, const BatchEnd& end) noexcept {
  const TimePoint now = scheduler_.now();
  if (end.answered > 0 && options_.on_answer) options_.on_answer(to_.id);
  const StatusCode code = end.broken ? end.broken->code : StatusCode::ok;
  const bool unavailable = code == StatusCode::unavailable;
  if (end.answered > 0 || (!unavailable && code != StatusCode::deadline_exceeded && code != StatusCode::cancelled)) {
    circuit_.reached();  // even if the connection broke then
    budget_.succeeded(end.answered - std::min(end.answered, end.refused.size()));
    pauses_.reset();
    health_.answered(now, now - flight.oldest_since());
    state();
  } else if (unavailable) {
    circuit_.unreachable(now, *end.broken);
  } else {
    circuit_.ended_unknown(now);
  }
  if (unavailable) paused_until_ = std::max(paused_until_, now + pauses_.next(random_));
}

void Lane::settle_answered(LaneFlight& flight, const BatchEnd& end) noexcept {
  const TimePoint now = scheduler_.now();
  auto refused = end.refused.begin();
  const std::size_t answered = std::min(end.answered, flight.items().size());
  for (std::size_t index = 0; index < answered; ++index) {
    const bool is_refused = refused != end.refused.end() && refused->index == index;
    LaneItem* item = flight.items()[index];
    if (item != nullptr) {
      latency_.record(now - item->queued_at_);
      ++(is_refused ? metrics_.failed_total : metrics_.delivered_total);
      item->settle(is_refused ? Delivery(std::unexpected(DeliveryError{PeerOutcome::failed, refused->error}))
                              : Delivery());
    }
    if (is_refused) ++refused;
  }
}

void Lane::settle_rest(LaneFlight& flight, const BatchEnd& end) noexcept {
  const auto items = std::span(flight.items()).subspan(std::min(end.answered, flight.items().size()));
  if (items.empty()) return;
  const TimePoint now = scheduler_.now();
  const Status error = end.broken.value_or(Status::internal("the link did not answer for all"));
  // If the link refused the batch for its content, it would refuse it again.
  const bool resendable =
      end.resendable && error.code == StatusCode::unavailable && circuit_.state() == CircuitState::closed;
  std::vector<LaneItem*> again;
  for (LaneItem* item : items) {
    if (item == nullptr) continue;
    if (resendable && !closed_ && !item->answer_by().passed(now)) {
      again.push_back(item);
    } else {
      fail(*item, error);
    }
  }
  if (again.empty()) return;
  // A fault that broke several batches together counts as one retry.
  if (track(flight.stream_class()).resending || budget_.try_schedule()) return resend(again, end.note);
  for (LaneItem* item : again) fail(*item, error);
}

void Lane::fail(LaneItem& item, const Status& error) noexcept {
  ++(closed_ ? metrics_.closed_total : metrics_.failed_total);
  if (closed_) return item.settle(std::unexpected(*closed_));
  item.settle(std::unexpected(to_delivery_error(error, item.answer_by(), scheduler_.now(), item.allowed())));
}

void Lane::resend(std::span<LaneItem* const> rest, const std::string& note) noexcept {
  track(rest.front()->options_->stream_class).resending = true;
  std::vector<LaneItem*> again;
  for (LaneItem* item : rest) {
    const LaneItem* waiting = with_its_key(*item);
    if (waiting != nullptr && waiting->number_ > item->number_) {
      supersede(*item);
      continue;
    }
    item->flight_->leave(*item);
    if (!note.empty()) item->note(note);
    again.push_back(item);
  }
  queue_.put_back(again);
  metrics_.resent_total += again.size();
}

}  // namespace exocast
