// SPDX-License-Identifier: Apache-2.0
#include "broadcast/broadcast.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace exocast::detail {

StreamClass stream_class_of(const Message& message, const BroadcastOptions& options) noexcept {
  const StreamClass by_kind = message.kind() == MessageKind::status ? StreamClass::control : StreamClass::tokens;
  return options.stream_class.value_or(by_kind);
}

/// Drops it where it has not been sent when it has expired.
class Broadcast::Expiry final : private Timer {
 public:
  Expiry(Broadcast& broadcast, TimePoint at) : broadcast_(broadcast) {
    broadcast.shared_->scheduler.wake_at(*this, at);
  }

 private:
  void fired() noexcept override { broadcast_.expire(); }

  Broadcast& broadcast_;
};

Broadcast::Broadcast(std::shared_ptr<BroadcasterState> shared, Message message, BroadcastOptions options)
    : Entry(item_options_, message.bytes(), shared->scheduler.now()),
      shared_(std::move(shared)),
      to_(shared_->lanes.receivers()),
      message_(std::move(message)),
      places_(to_->roster.size()),
      open_(static_cast<std::uint32_t>(places_.size())),
      options_(std::move(options)) {
  static_assert(sizeof(Broadcast) <= object_bytes_max);
  item_options_ = make_item_options();  // needs members that are declared behind it
}

void Broadcast::enter_log() {
  shared_->begin(*this);
  shared_->keep(stream_class(), position(), message_, options_.key);
  item_options_.log = &shared_->progress(stream_class());
  item_options_.position = position();
}

void Broadcast::begin() {
  enter_log();
  shared_->feed();  // what was published before comes first
  for (std::size_t index = 0; index < places_.size(); ++index) {
    to_->lanes[index]->add(make_item(index, false), item_options_);
  }
  expire_later();
  choose_order();
}

void Broadcast::begin(Listener& listener) {
  assert(is_plain());
  listener_ = &listener;
  enter_log();
  if (shared_->may_replace(item_options_)) {
    shared_->feed();
    for (std::uint32_t index = 0; index < places_.size(); ++index) {
      to_->lanes[index]->add(make_item(index), item_options_);
    }
  } else if (!places_.empty()) {
    shared_->feed_later(*this);
  }
  expire_later();
}

LaneItemOptions Broadcast::make_item_options() const {
  const Deadline deadline = std::min(options_.deadline, Deadline::after(since(), options_.timeout));
  return {.message = &message_,
          .stream_class = stream_class_of(message_, options_),
          .key = options_.key,
          .deadline = deadline,
          .timeout = deadline.left(since()),
          .per_peer = options_.per_peer};
}

Broadcast::~Broadcast() {
  if (std::exchange(listener_, nullptr) != nullptr && open_ > 0) {  // abandoned
    for (std::size_t index = 0; index < places_.size(); ++index) {
      if (places_[index].ended_at == TimePoint()) item_of(index).give_up();
    }
  }
  extras_.clear();  // items that are still in a lane look at the message and its key
  lost_ = lost_ || open_ > 0;
  if (linked()) shared_->end(*this);
  if (fell_behind_) shared_->told(*this);
}

void Broadcast::fall_behind() {
  for (std::size_t index = 0; index < places_.size(); ++index) {
    Place& place = places_[index];
    if (place.ended_at != TimePoint()) continue;
    if (item_at(index) == nullptr && to_->lanes[index]->fall_behind(*this)) {
      extra(index).end.reset(&Lane::fell_behind);
      place.ended_at = shared_->scheduler.now();
      --open_;
      ++failed_;
      count_loss(index);
      note(index);
      continue;
    }
    LaneItem& item = item_of(index);
    if (item.is_in_lane()) to_->lanes[index]->fall_behind(item);
    if (item.state() != LaneItem::State::settled || item.error() != nullptr) count_loss(index);
  }
  shared_->fell_behind(*this);
  fell_behind_ = true;
}

void Broadcast::fetch() const noexcept {
  constexpr std::size_t listener_bytes = 192;  // a PublishedFanOut
  const auto fetch = [](const void* at, std::size_t bytes) {
    for (std::size_t byte = 0; byte < bytes; byte += 64) __builtin_prefetch(static_cast<const char*>(at) + byte, 1);
  };
  fetch(places_.data(), places_.size() * sizeof(Place));
  fetch(extras_.data(), extras_.size() * sizeof(Extra));
  if (listener_ != nullptr) fetch(listener_, listener_bytes);
}

LaneItem& Broadcast::make_item(std::uint32_t place) { return make_item(place, true); }

LaneItem& Broadcast::make_item(std::size_t index, bool released) {
  assert(item_at(index) == nullptr && places_[index].ended_at == TimePoint());
  if (item_options_.flow == nullptr) {
    item_options_.stream = LaneQueue::stream_of(message_, options_.key);
    item_options_.flow = std::allocate_shared<FairLimiter::Flow>(FrameAllocator<FairLimiter::Flow>());
  }
  auto& item = extra(index).item;
  item = std::make_unique<LaneItem>(index);
  if (listener_ != nullptr) item->wait(*listener_);
  if (released) item->release();
  return *item;
}

LaneItem& Broadcast::item_of(std::size_t index) {
  assert(places_[index].ended_at == TimePoint());
  if (item_at(index) == nullptr) shared_->feed();
  LaneItem* item = item_at(index);
  return item != nullptr ? *item : to_->lanes[index]->item_of(*this);
}

Broadcast::Extra& Broadcast::extra(std::size_t index) {
  if (extras_.empty()) extras_.resize(places_.size());
  return extras_[index];
}

void Broadcast::expire_later() {
  const Deadline expires = Deadline::after(since(), options_.expires_after);
  if (!expires.is_never()) expiry_ = std::make_unique<Expiry>(*this, expires.time());
}

void Broadcast::choose_order() {
  const auto& lanes = to_->lanes;
  if (options_.limit.count() >= lanes.size()) return;
  std::vector<PeerState> states;
  states.reserve(lanes.size());
  for (const auto& lane : lanes) states.push_back(lane->state());
  if (std::ranges::all_of(states, [](PeerState state) { return state == PeerState::healthy; })) return;
  order_.resize(lanes.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::ranges::sort(order_, {}, [&](std::size_t index) { return std::pair(states[index], index); });
}

void Broadcast::expire() noexcept {
  for (std::size_t index = 0; index < places_.size(); ++index) {
    if (places_[index].ended_at == TimePoint()) to_->lanes[index]->expire(item_of(index), options_.expires_after);
  }
}

bool Broadcast::is_plain() const noexcept {
  return options_.policy == DeliveryPolicy::all() && options_.stop == nullptr &&
         options_.limit.count() >= places_.size() && !deadline().passed(since());
}

task<std::expected<void, Broadcast::Undelivered>> Broadcast::deliver(std::size_t turn) {
  LaneItem& item = this->item(turn);
  item.release();
  co_await item.settled();
  if (item.error() != nullptr) co_return std::unexpected(Undelivered());
  co_return {};
}

void Broadcast::settled(std::size_t turn, Reason reason) noexcept {
  const std::size_t index = receiver_at(turn);
  LaneItem& item = *item_at(index);
  item.give_up();
  if (reason != Reason::ok && reason != Reason::error) {  // a task may still refer to the item
    return end(index, End(new DeliveryError(describe(reason, item.stage(), timeout()))));
  }
  std::unique_ptr<DeliveryError> said = item.take_said();
  extra(index).item.reset();
  end(index, End(said.release()));
}

void Broadcast::end(std::size_t index, End end) noexcept {
  places_[index].ended_at = shared_->scheduler.now();
  --open_;
  if (end != nullptr && end->outcome != PeerOutcome::delivered) {
    ++failed_;
    count_loss(index);
  }
  if (end != nullptr) extra(index).end = std::move(end);
  shared_->settled();
  tell(index);
}

void Broadcast::delivered_to(std::uint32_t index, TimePoint now) noexcept {
  Place& place = places_[index];
  assert(item_at(index) == nullptr && place.ended_at == TimePoint());
  place.ended_at = now;
  --open_;
  shared_->settled();
  if (options_.on_outcome || open_ == 0) note(index);
}

void Broadcast::note(std::size_t receiver) noexcept {
  const auto index = static_cast<std::uint32_t>(receiver);
  (last_noted_ == nobody ? first_noted_ : places_[last_noted_].next_noted) = index;
  last_noted_ = index;
  if (!std::exchange(heard_, true)) listener_->has_outcomes();
}

void Broadcast::tell_noted() noexcept {
  heard_ = false;
  while (first_noted_ != nobody) {
    const std::uint32_t index = first_noted_;
    first_noted_ = places_[index].next_noted;
    if (first_noted_ == nobody) last_noted_ = nobody;
    if (places_[index].ended_at != TimePoint()) {
      tell(index);
    } else {
      settled(index, item_at(index)->error() == nullptr ? Reason::ok : Reason::error);
    }
  }
}

void Broadcast::time_out() noexcept {
  for (std::size_t index = 0; index < places_.size(); ++index) {
    if (places_[index].ended_at != TimePoint()) continue;
    if (item_of(index).state() != LaneItem::State::settled) settled(index, Reason::timed_out);  // else it is noted
  }
}

/// Tells on_outcome, if there is one, of a receiver that has ended.
void Broadcast::tell(std::size_t index) const {
  static const Status none;
  if (!options_.on_outcome) return;
  const DeliveryError* end = end_at(index);
  const bool delivered = end == nullptr || end->outcome == PeerOutcome::delivered;
  options_.on_outcome({index, to_->roster[index], delivered ? PeerOutcome::delivered : end->outcome,
                       places_[index].ended_at - since(), delivered ? none : end->error});
}

GatherOptions Broadcast::gather_options() const noexcept {
  return {.limit = options_.limit, .deadline = deadline(), .tolerated = options_.tolerated, .stop = options_.stop};
}

Report Broadcast::report(bool satisfied) const {
  Report report = heading(satisfied);
  report.outcomes.reserve(places_.size());
  for (std::size_t index = 0; index < places_.size(); ++index) {
    const DeliveryError* why = end_at(index);
    DeliveryError end = why != nullptr ? *why : DeliveryError{PeerOutcome::delivered, {}};
    report.outcomes.push_back(to_row(to_->roster[index], std::move(end), places_[index].ended_at - since()));
    report.outcomes.back().state = to_string(to_->lanes[index]->state());
  }
  return report;
}

Report Broadcast::abandoned(const DeliveryError& why) {
  for (std::size_t index = 0; index < places_.size(); ++index) {
    Place& place = places_[index];
    if (place.ended_at != TimePoint()) continue;
    LaneItem& item = item_of(index);  // leaves the lane when it is destroyed
    const bool settled = item.state() == LaneItem::State::settled;
    extra(index).end.reset(settled ? item.take_said().release() : new DeliveryError(why));
    place.ended_at = shared_->scheduler.now();
  }
  return report(false);
}

Report Broadcast::refused(const Status& why) const {
  Report report = heading(receivers() == 0 && policy().policy().enough == all_items);
  for (const Destination& to : to_->roster) {
    report.outcomes.push_back(to_row(to, {PeerOutcome::skipped, why}, Duration::zero()));
  }
  return report;
}

Report Broadcast::heading(bool satisfied) const {
  Report report;
  report.broadcast_id = shared_->ids.next();
  report.roster_epoch = to_->roster.epoch();
  report.message_kind = message_.kind();
  report.message_bytes = bytes();
  report.elapsed_ms = to_ms(shared_->scheduler.now() - since());
  if (!deadline().is_never()) report.deadline_ms = to_ms(timeout());
  report.policy = to_words(options_.policy, options_.tolerated);
  report.satisfied = satisfied;
  return report;
}

}  // namespace exocast::detail
