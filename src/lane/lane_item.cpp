// SPDX-License-Identifier: Apache-2.0
#include "lane/lane_item.h"

#include "lane/lane.h"

namespace exocast {

void LaneItem::release() noexcept {
  released_ = true;
  if (state_ == State::queued) lane_->released(*this);
}

void LaneItem::give_up() noexcept {
  if (is_in_lane()) lane_->give_up(*this);
}

void LaneItem::settle_unsent(Delivery end) noexcept {
  assert(state_ != State::settled);
  if (is_in_lane()) lane_->count_out(*this);
  state_ = State::settled;
  if (!end) said_ = std::make_unique<DeliveryError>(std::move(end.error()));
  if (waiter_ != nullptr) std::exchange(waiter_, nullptr)->settled(*this);
}

}  // namespace exocast
