// SPDX-License-Identifier: Apache-2.0
#pragma once
// GatherOptions: the bounds of a gather. Any of them goes with any policy.
// Plain values, no threading rules; `stop` must outlive the gather.

#include <cstddef>
#include <optional>
#include <stdexcept>

#include "exocast/gather/deadline.h"
#include "exocast/gather/stop.h"

namespace exocast {

/// How many at once: 1 or more. A limit of 0 could never start anything, so it is refused where it is written: an
/// exception at run time, an error at compile time in a constant.
class Limit {
 public:
  constexpr Limit(std::size_t count) : count_(count) {  // NOLINT(google-explicit-constructor): `.limit = 64`
    if (count == 0)
      throw std::invalid_argument("exocast: limit 0 would start nothing; use 1 or more, or Limit::none()");
  }

  /// As many as there are items: only for small, trusted ranges.
  static constexpr Limit none() noexcept { return Limit(); }

  constexpr bool is_none() const noexcept { return count_ == none().count_; }
  constexpr std::size_t count() const noexcept { return count_; }

 private:
  constexpr Limit() noexcept : count_(static_cast<std::size_t>(-1)) {}
  std::size_t count_;
};

struct GatherOptions {
  // What it does.

  /// Hard bound on active items. Default 64.
  Limit limit = 64;

  /// When the whole ends: the caller has its result then, whatever the items do. Default: never.
  Deadline deadline = Deadline::never();

  /// How long one item may take from its start; Duration::max() (default): as long as the whole.
  Duration per_item = Duration::max();

  /// Failures that do not count against the policy. Default: none for gather and join, any number for race and quorum.
  std::optional<std::size_t> tolerated = std::nullopt;

  /// Another way to end it early, beside stopping the awaiting task: the result then says what was gathered, with
  /// `cancelled` for the rest. Default: none.
  StopSource* stop = nullptr;

  // How it performs.

  /// Hard bound on parked items: in flight but so slow, or hung, that their slots went to others (see ParkDelay). So at
  /// most limit + parked items are in flight. Default: as many as limit; 0: none, the limit alone is the bound.
  std::optional<std::size_t> parked = std::nullopt;
};

}  // namespace exocast
