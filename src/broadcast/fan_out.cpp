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
  open_ = broadcast_.receivers();
  if (const Deadline deadline = broadcast_.deadline(); !deadline.is_never()) {
    scheduler_.wake_at(*this, deadline.time());
  }
  broadcast_.begin(*this);
  unqueue();
  run();  // what is known already is reported at once
}

/// Records the receiver for run(): outcomes are reported in order, and not inside the call that settles them.
void FanOut::settled(LaneItem& item) noexcept {
  untold_.push_back(static_cast<std::uint32_t>(item.place()));
  run_soon();
}

void FanOut::delivered_to(std::size_t receiver) noexcept {
  --open_;
  if (broadcast_.tells()) untold_.push_back(static_cast<std::uint32_t>(receiver));
  if (open_ == 0 || !untold_.empty()) run_soon();
}

void FanOut::run_soon() noexcept {
  if (!queued()) scheduler_.post(*this);
}

void FanOut::run() noexcept {
  for (std::size_t next = 0; next < untold_.size(); ++next) {
    const std::uint32_t receiver = untold_[next];
    if (broadcast_.has_ended(receiver)) {
      broadcast_.tell(receiver);
    } else {
      end(receiver);
    }
  }
  untold_.clear();
  if (broadcast_.deadline().passed(scheduler_.now())) {
    for (std::size_t receiver = 0; receiver < broadcast_.receivers(); ++receiver) {
      if (!broadcast_.has_ended(receiver)) end(receiver);
    }
  }
  if (open_ == 0) ended(broadcast_.tolerates(failed_));
}

/// The receiver has an item that is settled, or its time is over.
void FanOut::end(std::size_t receiver) noexcept {
  const LaneItem& item = broadcast_.item(receiver);
  const bool settled = item.state() == LaneItem::State::settled;
  const bool delivered = settled && item.error() == nullptr;
  --open_;
  failed_ += delivered ? 0 : 1;
  broadcast_.settled(receiver, delivered ? Reason::ok : settled ? Reason::error : Reason::timed_out);
}

void PublishedFanOut::start(Scope& scope, Promise promise) {
  auto* self = new PublishedFanOut(scope, std::move(promise));
  scope.adopt(*self, 1);
  self->begin();
}

void PublishedFanOut::ended(bool satisfied) noexcept {
  promise_.keep(satisfied);
  scope_.ended(*this, 0);
  delete this;
}

void PublishedFanOut::abandon() noexcept {
  scope_.release(*this);
  delete this;
}

}  // namespace exocast::detail
