// SPDX-License-Identifier: Apache-2.0
#include "broadcast/fan_out.h"

namespace exocast::detail {

DeliveryError closing() { return {PeerOutcome::cancelled, Status::cancelled("cancelled: the broadcaster was closed")}; }

Promise::~Promise() {
  if (publication_ == nullptr || publication_->done.is_set()) return;
  if (wanted()) publication_->report = std::make_unique<Report>(broadcast_->abandoned(closing()));
  publication_->done.set();
}

void Promise::keep(bool satisfied) noexcept {
  if (wanted()) publication_->report = std::make_unique<Report>(broadcast_->report(satisfied));
  publication_->done.set();
}

void FanOut::begin() noexcept {
  Broadcast& broadcast = promise_.broadcast();
  const std::size_t receivers = open_ = broadcast.receivers();
  scope_.adopt(*this, 1);
  if (const Deadline deadline = broadcast.deadline(); !deadline.is_never()) {
    scope_.scheduler().wake_at(*this, deadline.time());
  }
  for (std::size_t receiver = 0; receiver < receivers; ++receiver) {
    LaneItem& item = broadcast.item(receiver);
    if (item.state() == LaneItem::State::settled) {
      end(receiver);
    } else {
      item.wait(*this);
      item.release();
    }
  }
  finish_if_all_ended();
}

/// Records the item for run(): outcomes are reported in order, and not inside the call that settles them.
void FanOut::settled(LaneItem& item) noexcept {
  settled_.push_back(item);
  run_soon();
}

void FanOut::run_soon() noexcept {
  if (!queued()) scope_.scheduler().post(*this);
}

void FanOut::run() noexcept {
  while (const LaneItem* item = settled_.pop_front()) end(item->place());
  const Broadcast& broadcast = promise_.broadcast();
  if (broadcast.deadline().passed(scope_.scheduler().now())) {
    for (std::size_t receiver = 0; receiver < broadcast.receivers(); ++receiver) {
      if (!broadcast.has_ended(receiver)) end(receiver);
    }
  }
  finish_if_all_ended();
}

void FanOut::end(std::size_t receiver) noexcept {
  const LaneItem& item = promise_.broadcast().item(receiver);
  const bool settled = item.state() == LaneItem::State::settled;
  const bool delivered = settled && item.error() == nullptr;
  --open_;
  failed_ += delivered ? 0 : 1;
  promise_.broadcast().settled(receiver, delivered ? Reason::ok : settled ? Reason::error : Reason::timed_out);
}

void FanOut::finish_if_all_ended() noexcept {
  if (open_ > 0) return;
  promise_.keep(promise_.broadcast().tolerates(failed_));
  scope_.ended(*this, 0);
  delete this;
}

void FanOut::abandon() noexcept {
  scope_.release(*this);
  delete this;
}

}  // namespace exocast::detail
