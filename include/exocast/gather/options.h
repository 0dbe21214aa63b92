// SPDX-License-Identifier: Apache-2.0
#pragma once
// GatherOptions: the bounds of a gather.
//
//   co_await gather(peers, send, {.limit = 64, .deadline = Deadline::after(now, 15s)});
//   co_await join(peers, send, {.per_item = 2s, .tolerated = 1});
//
// Any bound goes with any of gather, join, race and quorum. Threading: plain values without rules. Lifetime: `stop`
// must outlive the gather.

#include <cstddef>
#include <optional>
#include <stdexcept>

#include "exocast/gather/deadline.h"
#include "exocast/gather/stop.h"

namespace exocast {

/// The number of items that may be active at once, 1 or more. A limit of 0 could never start anything, so it is refused
/// where it is written: by an exception at run time, by an error at compile time in a constant.
class Limit {
 public:
  /// `count` items; throws std::invalid_argument for 0.
  constexpr Limit(std::size_t count) : count_(count) {  // NOLINT(google-explicit-constructor): `.limit = 64`
    if (count == 0)
      throw std::invalid_argument("exocast: limit 0 would start nothing; use 1 or more, or Limit::none()");
  }

  /// All items at once: only for small, trusted ranges.
  static constexpr Limit none() noexcept { return Limit(); }

  /// True for none().
  constexpr bool is_none() const noexcept { return count_ == none().count_; }
  /// The number; the greatest std::size_t for none().
  constexpr std::size_t count() const noexcept { return count_; }

 private:
  constexpr Limit() noexcept : count_(static_cast<std::size_t>(-1)) {}
  std::size_t count_;
};

/// The bounds of one gather; every default is safe.
struct GatherOptions {
  /// Hard bound on active items. Default: 64.
  Limit limit = 64;

  /// The end of the whole: the caller has its result then, whatever the items do. Default: never.
  Deadline deadline = Deadline::never();

  /// The time one item may take from its start. Default: as long as the whole.
  Duration per_item = Duration::max();

  /// Failures that do not count against the policy. Default: none for gather and join, any number for race and quorum.
  std::optional<std::size_t> tolerated = std::nullopt;

  /// A second way to end the gather early, besides stopping the awaiting task: the awaiting task goes on, and the
  /// outcomes of the rest are `cancelled`. Default: none.
  StopSource* stop = nullptr;

  /// Hard bound on parked items: slow or hung items whose slots were given to others. So at most limit + parked items
  /// are in flight. Default: the same number as limit. 0: none is parked, and the limit alone is the bound.
  std::optional<std::size_t> parked = std::nullopt;
};

}  // namespace exocast
