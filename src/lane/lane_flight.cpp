// SPDX-License-Identifier: Apache-2.0
#include "lane/lane_flight.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "lane/lane.h"

namespace exocast {
namespace {

/// The memory of longer batches is not kept.
constexpr std::size_t spare_items_max = 16;

}  // namespace

LaneFlight::LaneFlight(Lane& lane, Scope& scope, LaneItem& first, const LinkTraits& traits) noexcept
    : lane_(lane),
      stream_class_(first.options_->stream_class),
      stream_(first.stream_),
      first_(&first),
      flow_(first.options_->flow),
      ordered_(traits.ordered),
      large_(is_large(first, traits)),
      items_(std::move(lane.spare_items_)),
      context_{.scheduler = &scope.scheduler(), .stop = &stop_, .scope = &scope} {
  first.flight_ = this;
}

LaneFlight::~LaneFlight() {
  work_.reset();
  if (first_ != nullptr) first_->flight_ = nullptr;
  for (LaneItem* item : items_) {
    if (item != nullptr) item->flight_ = nullptr;
  }
  if (items_.capacity() > spare_items_max) return;
  items_.clear();
  lane_.spare_items_ = std::move(items_);
}

void LaneFlight::start(task<BatchEnd> work) noexcept {
  work_ = std::move(work);
  work_.prepare(context_, *this).resume();
}

void LaneFlight::take_off(TimePoint now) noexcept {
  assert(!items_.empty());
  first_ = nullptr;
  aboard_.messages = items_.size();
  oldest_since_ = items_.front()->queued_at_;
  stream_ = items_.front()->stream_;
  for (std::size_t index = 0; index < items_.size(); ++index) {
    LaneItem& item = *items_[index];
    if (item.flight_ != nullptr && item.flight_ != this) item.flight_->first_ = nullptr;
    item.flight_ = this;
    aboard_.bytes += item.options_->message->bytes();
    item.index_ = static_cast<std::uint32_t>(index);
    item.sent_at_ = std::min(item.sent_at_, now);
  }
}

std::vector<Message> LaneFlight::messages() const {
  std::vector<Message> messages;
  messages.reserve(items_.size());
  for (const LaneItem* item : items_) messages.push_back(*item->options_->message);
  return messages;
}

Deadline LaneFlight::deadline(TimePoint now) const noexcept {
  Deadline latest = Deadline::at(now);
  for (const LaneItem* item : items_) latest = std::max(latest, item->answer_by());
  return latest;
}

void LaneFlight::answered(std::size_t answered, std::span<const Refusal> refused) noexcept {
  assert(answered <= items_.size());
  lane_.answered(*this, answered, refused);
  for (; answered_ < answered; ++answered_) {
    if (LaneItem* item = items_[answered_]) forget(*item);
  }
}

void LaneFlight::forget(LaneItem& item) noexcept {
  assert(item.flight_ == this && item.index_ < items_.size() && items_[item.index_] == &item && aboard_.messages > 0);
  item.flight_ = nullptr;
  items_[item.index_] = nullptr;
  --aboard_.messages;
  aboard_.bytes -= item.options_->message->bytes();
}

void LaneFlight::leave(LaneItem& item) noexcept {
  assert(item.flight_ == this);
  if (first_ == &item) {
    item.flight_ = nullptr;
    first_ = nullptr;
    return;
  }
  forget(item);
  if (aboard_.messages == 0) request_stop();
}

bool LaneFlight::is_large(const LaneItem& item, const LinkTraits& traits) noexcept {
  return traits.ordered && item.options_->message->bytes() > traits.batch_bytes_max;
}

/// The flight is deleted when it lands; by then stop_.request() must have returned.
void LaneFlight::request_stop() noexcept {
  stopping_ = true;
  stop_.request();
  stopping_ = false;
  if (landed_) lane_.landed(*this, *std::exchange(landed_, std::nullopt));
}

std::coroutine_handle<> LaneFlight::completed() noexcept {
  if (const std::exception_ptr thrown = std::move(work_.exception()))
    return land({.answered = answered_, .broken = error_of(thrown)});
  return land(std::move(work_.value()));
}

std::coroutine_handle<> LaneFlight::stopped() noexcept {
  return land({.answered = answered_, .broken = Status::cancelled("the sender is closing")});
}

std::coroutine_handle<> LaneFlight::land(BatchEnd&& end) noexcept {
  if (stopping_) {
    landed_ = std::move(end);
  } else {
    lane_.landed(*this, end);
  }
  return std::noop_coroutine();
}

}  // namespace exocast
