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
  if (const Deadline deadline = broadcast_.deadline(); !deadline.is_never()) {
    scheduler_.wake_at(*this, deadline.time());
  }
  broadcast_.begin(*this);
  unqueue();
  run();  // what is known already is reported at once
}

/// Outcomes are reported in order, and not inside the call that settles them.
void FanOut::has_outcomes() noexcept {
  if (!queued()) scheduler_.post(*this);
}

void FanOut::run() noexcept {
  telling_ = true;
  broadcast_.tell_noted();
  if (broadcast_.deadline().passed(scheduler_.now())) {
    broadcast_.time_out();
    broadcast_.tell_noted();  // a user who was told of a time-out may have published, and that ends others
  }
  telling_ = false;
  told();
}

void PublishedFanOut::start(Scope& scope, Promise promise) {
  auto* self = new PublishedFanOut(scope, std::move(promise));
  scope.adopt(*self, 1);
  self->begin();
}

void PublishedFanOut::told() noexcept {
  if (!over()) return;
  promise_.keep(satisfied());
  scope_.ended(*this, 0);
  delete this;
}

void PublishedFanOut::abandon() noexcept {
  scope_.release(*this);
  delete this;
}

}  // namespace exocast::detail
