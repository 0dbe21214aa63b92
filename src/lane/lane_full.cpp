// SPDX-License-Identifier: Apache-2.0
// What a lane does when it is full, and what its timer is armed for.
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
  if (now - over_since_ >= options_.limits.patience) make_room();
}

/// Drops the least important class first: bulk, then tokens, then control.
void Lane::make_room() noexcept {
  const DeliveryError dropped = skipped(StatusCode::resource_exhausted,
                                        fmt::format("dropped: more than {} messages or {} bytes waited for this peer",
                                                    options_.limits.messages, options_.limits.bytes));
  for (const StreamClass of : all_stream_classes | std::views::reverse) {
    if (overflow(of) == Overflow::drop_oldest || overflow(of) == Overflow::latest_wins) {
      for (; over() && !queue_.empty(of); ++metrics_.dropped_total) drop(*front_item(of), dropped);
    } else if (overflow(of) == Overflow::disconnect && !queue_.empty(of) && over()) {
      disconnect();
    }
  }
}

/// Gives up the peer: queued items fail now, and batches under way with their connection.
void Lane::disconnect() noexcept {
  const DeliveryError gone{
      PeerOutcome::failed,
      Status::resource_exhausted(fmt::format("disconnected: more than {} messages or {} bytes waited for this peer",
                                             options_.limits.messages, options_.limits.bytes))};
  drop_all(gone, metrics_.dropped_total);
  to_.link->disconnect();
}

const DeliveryError Lane::fell_behind =
    skipped(StatusCode::resource_exhausted, "fell behind: newer messages needed its room");

bool Lane::fall_behind(Log::Entry& entry) {
  if (overflow(entry.options().stream_class) == Overflow::disconnect || !queue_.take_out(entry)) return false;
  ++metrics_.dropped_total;
  return true;
}

void Lane::fall_behind(LaneItem& item) noexcept {
  if (overflow(item.options_->stream_class) == Overflow::disconnect) disconnect();
  if (!item.is_in_lane()) return;
  ++metrics_.dropped_total;
  // The batch goes on: if it were stopped, the next one would be sent in vain, too, and then stopped.
  if (item.state() == LaneItem::State::flying) item.flight_->forget(item);
  DeliveryError why = fell_behind;
  if (item.was_sent()) why.error.text += "; it may have arrived";
  drop(item, std::move(why));
}

/// Keeps the timer armed for the end of a pause, the next probe, and the ends of the patience and of gathering.
void Lane::arm() noexcept {
  if (queue_.empty() || closed_) return disarm();
  const TimePoint now = scheduler_.now();
  TimePoint next = TimePoint::max();
  for (const TimePoint time :
       {paused_until_, circuit_.next_probe(), Deadline::after(over_since_, options_.limits.patience).time(),
        tracks_[0].gathers_until, tracks_[1].gathers_until, tracks_[2].gathers_until}) {
    if (time > now) next = std::min(next, time);
  }
  if (next == TimePoint::max()) return disarm();
  if (!armed() || time() != next) scheduler_.wake_at(*this, next);
}

}  // namespace exocast
