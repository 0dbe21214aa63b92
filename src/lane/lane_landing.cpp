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
    settle_answered(flight, end.answered, end.refused);
    settle_rest(flight, end);
    if (circuit_.state() == CircuitState::open) {
      drop_all(skipped(StatusCode::unavailable, circuit_.why(scheduler_.now())), metrics_.skipped_total);
    }
  }
  if (end.answered == 0 && end.resendable) track.missed += flight.missed;  // it was not told
  delete &flight;
  if (--track.count == 0) track.resending = false;
  if (--flights_ == 0) idle_.set();
  pump_soon();
}

/// Updates what is known of the peer.
void Lane::learn(const LaneFlight& flight, const BatchEnd& end) noexcept {
  const TimePoint now = scheduler_.now();
  const StatusCode code = end.broken ? end.broken->code : StatusCode::ok;
  const bool unavailable = code == StatusCode::unavailable;
  const bool has_news = end.answered > flight.answered();  // the rest was known before
  if (has_news ||
      (!unavailable && !end.unsupported && code != StatusCode::deadline_exceeded && code != StatusCode::cancelled)) {
    // Even if the connection broke then.
    learn_of_answers(flight, end.answered, end.refused);
  } else if (unavailable) {
    circuit_.unreachable(now, *end.broken);
  } else {
    circuit_.ended_unknown(now);
  }
  const bool stopped_here = code == StatusCode::cancelled;  // which says nothing about the peer
  if (end.answered == end.refused.size() && !stopped_here) track(flight.stream_class()).accepts = false;
  if (unavailable) paused_until_ = std::max(paused_until_, now + pauses_.next(random_));
}

/// The peer has answered the first `total` messages of the batch.
void Lane::learn_of_answers(const LaneFlight& flight, std::size_t total,
                            std::span<const Refusal> all_refused) noexcept {
  const TimePoint now = scheduler_.now();
  const std::size_t answered = std::max(total, flight.answered()) - flight.answered();
  const auto first = std::ranges::lower_bound(all_refused, flight.answered(), {}, &Refusal::index);
  const auto refused = static_cast<std::size_t>(all_refused.end() - first);
  Track& track = this->track(flight.stream_class());
  if (answered > refused) {
    track.progress_at = now;
    track.accepts = true;
  }
  if (answered > 0 && options_.on_answer) options_.on_answer(to_.id);
  circuit_.reached();
  budget_.succeeded(answered - std::min(answered, refused));
  pauses_.reset();
  health_.answered(now, now - flight.oldest_since());
  state();
}

/// Before the end of a batch: so a peer that works on it for long is not taken for one that does nothing.
void Lane::answered(LaneFlight& flight, std::size_t answered, std::span<const Refusal> refused) noexcept {
  learn_of_answers(flight, answered, refused);
  settle_answered(flight, answered, refused);
}

void Lane::settle_answered(LaneFlight& flight, std::size_t answered, std::span<const Refusal> refused) noexcept {
  const TimePoint now = scheduler_.now();
  auto refusal = std::ranges::lower_bound(refused, flight.answered(), {}, &Refusal::index);
  TimePoint since{};
  std::uint64_t as_long = 0;  // messages that have waited since then, as those of one turn of the loop have
  const std::size_t end = std::min(answered, flight.batch().size());
  for (std::size_t index = flight.answered(); index < end; ++index) {
    const LaneMessage& message = flight.batch()[index];
    const bool is_refused = refusal != refused.end() && refusal->index == index;
    const Status* error = is_refused ? &(refusal++)->error : nullptr;
    if (!message) continue;
    if (message.since() != since) {
      latency_.record(now - since, std::exchange(as_long, 0));
      since = message.since();
    }
    ++as_long;
    if (is_refused) {
      ++metrics_.failed_total;
      LaneItem& item = message.item != nullptr ? *message.item : flight.make_item(index);
      lost(item);
      item.settle(std::unexpected(DeliveryError{PeerOutcome::failed, *error}));
      continue;
    }
    ++metrics_.delivered_total;
    if (message.item != nullptr) {
      message.item->settle(Delivery());
    } else {
      message.entry->delivered_to(message.place, now);
    }
  }
  latency_.record(now - since, as_long);
}

void Lane::settle_rest(LaneFlight& flight, const BatchEnd& end) noexcept {
  if (end.answered >= flight.batch().size()) return;
  flight.make_items(end.answered);
  const TimePoint now = scheduler_.now();
  const Status error = end.broken.value_or(Status::internal("the link did not answer for all"));
  // If the link refused the batch for its content, it would refuse it again.
  const bool resendable =
      end.resendable && error.code == StatusCode::unavailable && circuit_.state() == CircuitState::closed;
  std::vector<LaneItem*> again;
  for (const LaneMessage& message : std::span(flight.batch()).subspan(end.answered)) {
    if (!message) continue;
    LaneItem* item = message.item;
    if (resendable && !closed_ && !item->answer_by().passed(now)) {
      again.push_back(item);
    } else if (end.unsupported) {
      ++metrics_.skipped_total;
      lost(*item);
      item->settle(std::unexpected(skipped(error.code, error.text)));
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
  lost(item);
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
