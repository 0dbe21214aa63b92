// SPDX-License-Identifier: Apache-2.0
#include "broadcast/broadcaster_state.h"

#include <algorithm>
#include <cassert>
#include <random>
#include <utility>

#include <fmt/format.h>

namespace exocast::detail {

BroadcasterState::BroadcasterState(Scheduler& scheduler, const BroadcasterOptions& options)
    : scheduler(scheduler),
      limiter(scheduler, options.limits),
      lanes(scheduler, limiter, options.lanes, Random(options.seed ? *options.seed : std::random_device()())),
      ids(options.seed ? BroadcastIds(*options.seed) : BroadcastIds()),
      broadcasts_max_(options.broadcasts_max),
      bytes_max_(options.bytes_max) {}

std::optional<Status> BroadcasterState::no_room(std::size_t bytes) const {
  if (under_way_ >= broadcasts_max_) {
    return Status::resource_exhausted(
        fmt::format("not sent: {} broadcasts are under way, the most at once", under_way_));
  }
  if (bytes_ == 0 || bytes_ + bytes <= bytes_max_) return std::nullopt;
  return Status::resource_exhausted(
      fmt::format("not sent: messages of {} bytes are under way, {} at most at once", bytes_, bytes_max_));
}

void BroadcasterState::begin(std::size_t bytes) noexcept {
  ++begun_total_;
  under_way_peak_ = std::max(under_way_peak_, ++under_way_);
  bytes_peak_ = std::max(bytes_peak_, bytes_ += bytes);
}

void BroadcasterState::end(std::size_t bytes) noexcept {
  assert(under_way_ > 0 && bytes_ >= bytes);
  --under_way_;
  bytes_ -= bytes;
  ended_.set();
}

task<void> BroadcasterState::some_end(Deadline deadline) {
  ended_.reset();
  co_await ended_.wait(deadline);
}

}  // namespace exocast::detail
