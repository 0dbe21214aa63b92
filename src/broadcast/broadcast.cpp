// SPDX-License-Identifier: Apache-2.0
#include "broadcast/broadcast.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace exocast::detail {

StreamClass stream_class_of(const Message& message, const BroadcastOptions& options) noexcept {
  const StreamClass by_kind = message.kind() == MessageKind::status ? StreamClass::control : StreamClass::tokens;
  return options.stream_class.value_or(by_kind);
}

Broadcast::Broadcast(std::shared_ptr<BroadcasterState> shared, Message message, BroadcastOptions options)
    : shared_(std::move(shared)),
      to_(shared_->lanes.receivers()),
      message_(std::move(message)),
      options_(std::move(options)),
      message_bytes_(message_.bytes()),
      begun_(shared_->scheduler.now()),
      deadline_(std::min(options_.deadline, Deadline::after(begun_, options_.timeout))),
      places_(to_->roster.size()) {}

std::shared_ptr<Broadcast> Broadcast::begin(std::shared_ptr<BroadcasterState> shared, Message message,
                                            BroadcastOptions options) {
  auto self = std::make_shared<Broadcast>(std::move(shared), std::move(message), std::move(options));
  self->take_places();
  self->choose_order();
  return self;
}

Broadcast::~Broadcast() {
  if (linked()) shared_->end(*this);
  if (fell_behind_) shared_->told(*this);
}

void Broadcast::fall_behind() {
  for (std::size_t index = 0; index < places_.size(); ++index) {
    LaneItem* item = places_[index].item.get();
    if (item != nullptr && item->is_in_lane()) to_->lanes[index]->fall_behind(*item);
  }
  shared_->fell_behind(*this);
  fell_behind_ = true;
}

void Broadcast::take_places() {
  item_options_ = {.message = &message_,
                   .stream_class = stream_class_of(message_, options_),
                   .stream = LaneQueue::stream_of(message_, options_.key),
                   .key = options_.key,
                   .deadline = deadline_,
                   .timeout = timeout(),
                   .per_peer = options_.per_peer,
                   .flow = std::make_shared<FairLimiter::Flow>()};
  shared_->begin(*this);
  for (std::size_t index = 0; index < places_.size(); ++index) {
    places_[index].item = std::make_unique<LaneItem>(index);
    to_->lanes[index]->add(*places_[index].item, item_options_);
  }
  if (const Deadline expires = Deadline::after(begun_, options_.expires_after); !expires.is_never()) {
    shared_->scheduler.wake_at(*this, expires.time());
  }
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

/// The message has expired: items that have not been sent yet are dropped.
void Broadcast::fired() noexcept {
  for (std::size_t index = 0; index < places_.size(); ++index) {
    if (LaneItem* item = places_[index].item.get()) to_->lanes[index]->expire(*item, options_.expires_after);
  }
}

bool Broadcast::is_plain() const noexcept {
  return options_.policy == DeliveryPolicy::all() && options_.stop == nullptr &&
         options_.limit.count() >= places_.size() && !deadline_.passed(begun_);
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
  LaneItem& item = *places_[index].item;
  item.give_up();
  if (reason != Reason::ok && reason != Reason::error) {  // a task may still refer to the item
    return end(index, std::make_unique<DeliveryError>(describe(reason, item.stage(), timeout())));
  }
  std::unique_ptr<DeliveryError> said = item.take_said();
  places_[index].item.reset();
  end(index, std::move(said));
}

void Broadcast::end(std::size_t index, std::unique_ptr<DeliveryError> end) noexcept {
  static const Status none;
  Place& place = places_[index];
  place.end = std::move(end);
  place.ended_at = shared_->scheduler.now();
  shared_->settled();
  if (!options_.on_outcome) return;
  const bool delivered = place.end == nullptr || place.end->outcome == PeerOutcome::delivered;
  options_.on_outcome({index, to_->roster[index], delivered ? PeerOutcome::delivered : place.end->outcome,
                       place.ended_at - begun_, delivered ? none : place.end->error});
}

GatherOptions Broadcast::gather_options() const noexcept {
  return {.limit = options_.limit, .deadline = deadline_, .tolerated = options_.tolerated, .stop = options_.stop};
}

Report Broadcast::report(bool satisfied) const {
  Report report = heading(satisfied);
  report.outcomes.reserve(places_.size());
  for (std::size_t index = 0; index < places_.size(); ++index) {
    const Place& place = places_[index];
    DeliveryError end = place.end != nullptr ? *place.end : DeliveryError{PeerOutcome::delivered, {}};
    report.outcomes.push_back(to_row(to_->roster[index], std::move(end), place.ended_at - begun_));
    report.outcomes.back().state = to_string(to_->lanes[index]->state());
  }
  return report;
}

Report Broadcast::abandoned(const DeliveryError& why) {
  for (Place& place : places_) {
    if (place.ended_at != TimePoint()) continue;
    const bool settled = place.item->state() == LaneItem::State::settled;
    place.end = settled ? place.item->take_said() : std::make_unique<DeliveryError>(why);
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
  report.message_bytes = message_bytes_;
  report.elapsed_ms = to_ms(shared_->scheduler.now() - begun_);
  if (!deadline_.is_never()) report.deadline_ms = to_ms(timeout());
  report.policy = to_words(options_.policy, options_.tolerated);
  report.satisfied = satisfied;
  return report;
}

/// The timeout of the whole broadcast, for the texts.
Duration Broadcast::timeout() const noexcept { return deadline_.left(begun_); }

}  // namespace exocast::detail
