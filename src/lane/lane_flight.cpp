// SPDX-License-Identifier: Apache-2.0
#include "lane/lane_flight.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "lane/lane.h"

namespace exocast {
namespace {

/// The memory of longer batches is not kept. A native link's longest have as many.
constexpr std::size_t spare_messages_max = 256;

}  // namespace

LaneFlight::LaneFlight(Lane& lane, Scope& scope, StreamClass of, bool large) noexcept
    : lane_(lane),
      stream_class_(of),
      ordered_(true),
      large_(large),
      batch_(std::move(lane.spare_batch_)),
      messages_(std::move(lane.spare_messages_)),
      context_{.scheduler = &scope.scheduler(), .stop = &stop_, .scope = &scope} {}

LaneFlight::LaneFlight(Lane& lane, Scope& scope, LaneItem& first) noexcept
    : lane_(lane),
      stream_class_(first.options_->stream_class),
      stream_(first.stream_),
      first_(&first),
      flow_(first.options_->flow),
      ordered_(false),
      large_(false),
      batch_(std::move(lane.spare_batch_)),
      messages_(std::move(lane.spare_messages_)),
      context_{.scheduler = &scope.scheduler(), .stop = &stop_, .scope = &scope} {
  first.flight_ = this;
}

LaneFlight::~LaneFlight() {
  work_.reset();
  if (first_ != nullptr) first_->flight_ = nullptr;
  for (const LaneMessage& message : batch_) {
    if (message.item != nullptr) message.item->flight_ = nullptr;
  }
  if (batch_.capacity() > spare_messages_max) return;
  batch_.clear();
  messages_.clear();
  lane_.spare_batch_ = std::move(batch_);
  lane_.spare_messages_ = std::move(messages_);
}

void LaneFlight::start(task<BatchEnd> work) noexcept {
  work_ = std::move(work);
  work_.prepare(context_, *this).resume();
}

void LaneFlight::take_off(TimePoint now) noexcept {
  assert(!batch_.empty());
  first_ = nullptr;
  sent_at_ = now;
  aboard_.messages = batch_.size();
  oldest_since_ = batch_.front().since();
  deadline_ = Deadline::at(now);
  if (!ordered_) stream_ = batch_.front().item->stream_;
  const Deadline answer_by = Deadline::after(now, batch_.front().options().per_peer);  // the same for all
  messages_.reserve(batch_.size());
  for (const LaneMessage& message : batch_) {
    const LaneItemOptions& options = message.options();
    aboard_.bytes += message.message_bytes();
    deadline_ = std::max(
        deadline_, message.item == nullptr ? std::min(options.deadline, answer_by) : take_off(*message.item, now));
    messages_.push_back(options.message);
  }
}

/// Returns by when `item`, the next one of the batch, must be answered.
Deadline LaneFlight::take_off(LaneItem& item, TimePoint now) noexcept {
  if (item.flight_ != nullptr && item.flight_ != this) item.flight_->first_ = nullptr;
  has_items_ = true;
  item.flight_ = this;
  item.index_ = static_cast<std::uint32_t>(messages_.size());
  item.sent_at_ = std::min(item.sent_at_, now);
  return item.answer_by();
}

void LaneFlight::locate(BatchOptions& options) {
  const LaneItemOptions& first = batch_.front().options();
  if (first.log == nullptr) return;
  options.log = first.log;
  options.position = first.position;
  std::uint64_t position = first.position;
  // Without items the positions rise, so the last one tells whether one is left out.
  if (!has_items_ && batch_.back().options().position - position == batch_.size() - 1) return;
  bool consecutive = true;
  for (std::size_t index = 1; index < batch_.size(); ++index) {
    const std::uint64_t next = batch_[index].options().position;
    steps_.push_back(static_cast<std::int64_t>(next - std::exchange(position, next)));
    consecutive = consecutive && steps_.back() == 1;
  }
  if (!consecutive) options.steps = steps_;
}

void LaneFlight::answered(std::size_t answered, std::span<const Refusal> refused) noexcept {
  assert(answered <= batch_.size());
  lane_.answered(*this, answered, refused);
  for (; answered_ < answered; ++answered_) {
    if (!batch_[answered_]) continue;
    if (LaneItem* item = batch_[answered_].item) item->flight_ = nullptr;
    forget(answered_);
  }
}

LaneItem& LaneFlight::make_item(std::size_t index) noexcept {
  LaneItem& item = lane_.make_item(batch_[index]);
  batch_[index] = LaneMessage(item);
  item.state_ = LaneItem::State::flying;
  item.flight_ = this;
  item.index_ = static_cast<std::uint32_t>(index);
  item.sent_at_ = sent_at_;
  return item;
}

void LaneFlight::make_items(std::size_t begin) noexcept {
  for (std::size_t index = begin; index < batch_.size(); ++index) {
    if (batch_[index].entry != nullptr) make_item(index);
  }
}

LaneItem* LaneFlight::make_item(const Log::Entry& entry) noexcept {
  const auto found = std::ranges::find(batch_, &entry, &LaneMessage::entry);
  return found != batch_.end() ? &make_item(static_cast<std::size_t>(found - batch_.begin())) : nullptr;
}

void LaneFlight::forget(LaneItem& item) noexcept {
  assert(item.flight_ == this && item.index_ < batch_.size() && batch_[item.index_].item == &item);
  item.flight_ = nullptr;
  const Message*& message = messages_[item.index_];
  message = &kept_.emplace_front(*message);
  forget(item.index_);
}

void LaneFlight::forget(std::size_t index) noexcept {
  assert(aboard_.messages > 0);
  --aboard_.messages;
  aboard_.bytes -= batch_[index].message_bytes();
  batch_[index] = {};
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
