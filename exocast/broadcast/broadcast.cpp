// SPDX-License-Identifier: Apache-2.0
#include "exocast/broadcast/broadcast.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace exocast::detail {

Broadcast::Broadcast(std::shared_ptr<BroadcasterState> shared, Message message, BroadcastOptions options)
    : shared_(std::move(shared)),
      message_(std::move(message)),
      options_(std::move(options)),
      message_bytes_(message_.bytes()),
      begun_(shared_->scheduler.now()),
      deadline_(std::min(options_.deadline, Deadline::after(begun_, options_.timeout))),
      places_(shared_->roster.size()) {}

std::shared_ptr<Broadcast> Broadcast::begin(std::shared_ptr<BroadcasterState> shared, Message message,
                                            BroadcastOptions options) {
  auto self = std::make_shared<Broadcast>(std::move(shared), std::move(message), std::move(options));
  self->take_places();
  self->choose_order();
  return self;
}

Broadcast::~Broadcast() {
  if (under_way_) shared_->end(message_bytes_);
}

void Broadcast::take_places() {
  under_way_ = true;
  shared_->begin(message_bytes_);
  const StreamClass by_kind = message_.kind() == MessageKind::status ? StreamClass::control : StreamClass::tokens;
  for (std::size_t index = 0; index < places_.size(); ++index) {
    shared_->lanes[index].add(places_[index].item, {.message = &message_,
                                                    .stream_class = options_.stream_class.value_or(by_kind),
                                                    .key = options_.key,
                                                    .deadline = deadline_,
                                                    .timeout = timeout(),
                                                    .per_peer = options_.per_peer,
                                                    .flow = flow_});
  }
  if (const Deadline expires = Deadline::after(begun_, options_.expires_after); !expires.is_never()) {
    shared_->scheduler.wake_at(*this, expires.time());
  }
}

void Broadcast::choose_order() {
  auto& lanes = shared_->lanes;
  if (options_.limit.count() >= lanes.size()) return;
  std::vector<PeerState> states;
  states.reserve(lanes.size());
  for (Lane& lane : lanes) states.push_back(lane.state());
  if (std::ranges::all_of(states, [](PeerState state) { return state == PeerState::healthy; })) return;
  order_.resize(lanes.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::ranges::sort(order_, {}, [&](std::size_t index) { return std::pair(states[index], index); });
}

/// Where it has not been sent by now it is of no use any more.
void Broadcast::fired() noexcept {
  for (std::size_t index = 0; index < places_.size(); ++index) {
    shared_->lanes[index].expire(places_[index].item, options_.expires_after);
  }
}

task<Delivery> Broadcast::deliver(std::size_t turn) {
  LaneItem& item = places_[receiver_at(turn)].item;
  item.release();
  co_return co_await item.settled();
}

void Broadcast::settled(std::size_t turn, const DeliveryEnd& end) noexcept {
  const std::size_t index = receiver_at(turn);
  Place& place = places_[index];
  place.item.give_up();
  place.settled_at = shared_->scheduler.now();
  if (!options_.on_outcome) return;
  const DeliveryError described = describe(end, place.item.stage(), timeout());
  options_.on_outcome({index, shared_->roster[index], described.outcome, place.settled_at - begun_, described.error});
}

GatherOptions Broadcast::gather_options() const noexcept {
  return {.limit = options_.limit, .deadline = deadline_, .tolerated = options_.tolerated, .stop = options_.stop};
}

Report Broadcast::report(const Gathered<Unit, DeliveryError>& gathered) const {
  Report report = heading(gathered.satisfied);
  report.outcomes.resize(places_.size());
  for (std::size_t turn = 0; turn < places_.size(); ++turn) {
    const std::size_t index = receiver_at(turn);
    const Place& place = places_[index];
    DeliveryError end = describe(gathered.outcomes[turn], place.item.stage(), timeout());
    if (end.outcome == DeliveryOutcome::delivered) end.error.text = place.item.note();
    PeerReport& row = report.outcomes[index];
    fill_row(row, shared_->roster[index], std::move(end), place.settled_at - begun_);
    row.state = to_string(shared_->lanes[index].state());
  }
  return report;
}

Report Broadcast::abandoned(const DeliveryError& why) const {
  Report report = heading(false);
  const TimePoint now = shared_->scheduler.now();
  for (std::size_t index = 0; index < places_.size(); ++index) {
    const Place& place = places_[index];
    const DeliveryError* error = place.item.error();
    DeliveryError end = error != nullptr ? *error : why;
    if (place.item.state() == LaneItem::State::settled && error == nullptr) {
      end = {DeliveryOutcome::delivered, {"", place.item.note()}};
    }
    const TimePoint at = place.settled_at == TimePoint() ? now : place.settled_at;
    report.outcomes.push_back(to_row(shared_->roster[index], std::move(end), at - begun_));
  }
  return report;
}

Report Broadcast::refused(const LinkError& why) const {
  Report report = heading(receivers() == 0 && policy().policy().enough == all_items);
  for (const Destination& to : shared_->roster) {
    report.outcomes.push_back(to_row(to, {DeliveryOutcome::skipped, why}, Duration::zero()));
  }
  return report;
}

Report Broadcast::heading(bool satisfied) const {
  Report report;
  report.broadcast_id = shared_->ids.next();
  report.message_kind = message_.kind();
  report.message_bytes = message_bytes_;
  report.elapsed_ms = to_ms(shared_->scheduler.now() - begun_);
  if (!deadline_.is_never()) report.deadline_ms = to_ms(timeout());
  report.policy = to_words(options_.policy, options_.tolerated);
  report.satisfied = satisfied;
  return report;
}

/// The whole's: what ends a delivery beside its link, for the texts.
Duration Broadcast::timeout() const noexcept { return deadline_.left(begun_); }

}  // namespace exocast::detail
