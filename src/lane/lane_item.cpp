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

}  // namespace exocast
