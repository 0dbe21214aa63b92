// SPDX-License-Identifier: Apache-2.0
#include "exocast/broadcast/lane_flight.h"

#include <algorithm>
#include <utility>

#include "exocast/broadcast/lane.h"

namespace exocast {

LaneFlight::LaneFlight(Lane& lane, Scope& scope, LaneItem& first) noexcept
    : lane_(lane),
      stream_class_(first.options_.stream_class),
      stream_(first.stream_),
      first_(&first),
      flow_(first.options_.flow),
      flow_owner_(first.options_.flow_owner.lock()),
      context_{.scheduler = &scope.scheduler(), .stop = &stop_, .scope = &scope} {
  first.flight_ = this;
}

LaneFlight::~LaneFlight() {
  work_.reset();
  if (first_ != nullptr) first_->flight_ = nullptr;
  for (LaneItem* item : items_) {
    if (item != nullptr) item->flight_ = nullptr;
  }
}

void LaneFlight::start(task<BatchEnd> work) noexcept {
  work_ = std::move(work);
  work_.prepare(context_, *this).resume();
}

void LaneFlight::take_off(TimePoint now) noexcept {
  took_off_at_ = now;
  first_ = nullptr;
  const auto owner = std::move(flow_owner_);  // what has its place needs its flow no more
  aboard_ = items_.size();
  oldest_since_ = items_.front()->queued_at_;
  stream_ = items_.front()->stream_;
  for (std::size_t index = 0; index < items_.size(); ++index) {
    LaneItem& item = *items_[index];
    if (item.flight_ != nullptr && item.flight_ != this) item.flight_->first_ = nullptr;
    item.flight_ = this;
    item.index_ = index;
  }
}

std::vector<Message> LaneFlight::messages() const {
  std::vector<Message> messages;
  messages.reserve(items_.size());
  for (const LaneItem* item : items_) messages.push_back(*item->options_.message);
  return messages;
}

Deadline LaneFlight::deadline(TimePoint now) const noexcept {
  Deadline latest = Deadline::at(now);
  for (const LaneItem* item : items_) latest = std::max(latest, item->answer_by(now));
  return latest;
}

void LaneFlight::leave(LaneItem& item) noexcept {
  item.flight_ = nullptr;
  if (first_ == &item) {
    first_ = nullptr;
    return;
  }
  items_[item.index_] = nullptr;
  if (--aboard_ == 0) stop_.request();
}

std::coroutine_handle<> LaneFlight::completed() noexcept {
  BatchEnd end;
  if (const std::exception_ptr thrown = std::move(work_.exception())) {
    end.broken = error_of(thrown);
  } else {
    end = std::move(work_.value());
  }
  lane_.landed(*this, std::move(end));
  return std::noop_coroutine();
}

std::coroutine_handle<> LaneFlight::stopped() noexcept {
  lane_.landed(*this, {.broken = LinkError{.code = "CANCELLED", .text = "the sender is closing"}});
  return std::noop_coroutine();
}

}  // namespace exocast
