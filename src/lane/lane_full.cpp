// SPDX-License-Identifier: Apache-2.0
// What a lane does when it is full, and when its timer is to wake it.
#include <algorithm>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "lane/lane.h"

namespace exocast {

bool Lane::over() const noexcept {
  const LaneLimits& limits = options_.limits;
  return queue_.messages() > limits.messages || (queue_.bytes() > limits.bytes && queue_.messages() > 1);
}

void Lane::heed_limits() noexcept {
  const TimePoint now = scheduler_.now();
  if (!over()) {
    over_since_ = TimePoint::max();
    return;
  }
  if (over_since_ == TimePoint::max()) {
    over_since_ = now;
    pump_soon();  // arms the timer
  }
  if (now >= over_since_ + options_.limits.patience) make_room();
}

/// What waits longest for room is what matters least: bulk before tokens before control.
void Lane::make_room() noexcept {
  const DeliveryError dropped = skipped(StatusCode::resource_exhausted,
                                        fmt::format("dropped: more than {} messages or {} bytes waited for this peer",
                                                    options_.limits.messages, options_.limits.bytes));
  for (const StreamClass of : all_stream_classes | std::views::reverse) {
    if (overflow(of) == Overflow::drop_oldest) {
      for (; over() && queue_.front(of) != nullptr; ++metrics_.dropped_total) drop(*queue_.front(of), dropped);
    } else if (overflow(of) == Overflow::disconnect && !queue_.empty(of) && over()) {
      disconnect();
    }
  }
}

/// The peer is given up: what waits fails now, and what is under way with its connection.
void Lane::disconnect() noexcept {
  const DeliveryError gone{
      PeerOutcome::failed,
      Status::resource_exhausted(fmt::format("disconnected: more than {} messages or {} bytes waited for this peer",
                                             options_.limits.messages, options_.limits.bytes))};
  drop_all(gone, metrics_.dropped_total);
  to_.link->disconnect();
}

void Lane::fall_behind(LaneItem& item) noexcept {
  if (overflow(item.options_->stream_class) == Overflow::disconnect) disconnect();
  if (!item.is_in_lane()) return;
  ++metrics_.dropped_total;
  drop(item, skipped(StatusCode::resource_exhausted,
                     fmt::format("fell behind: newer messages needed its room{}",
                                 item.was_sent() ? "; it may have arrived" : "")));
}

/// Keeps the timer armed for the end of a pause, for the next probe and for the end of patience.
void Lane::arm() noexcept {
  if (queue_.empty() || closed_) return disarm();
  const TimePoint now = scheduler_.now();
  TimePoint next = TimePoint::max();
  for (const TimePoint time :
       {paused_until_, circuit_.next_probe(), Deadline::after(over_since_, options_.limits.patience).time()}) {
    if (time > now) next = std::min(next, time);
  }
  if (next == TimePoint::max()) return disarm();
  if (!armed() || time() != next) scheduler_.wake_at(*this, next);
}

}  // namespace exocast
