// SPDX-License-Identifier: Apache-2.0
#pragma once
// Backoff: how long to wait before the next attempt - full jitter.
//
// The n-th wait is drawn uniformly from 0 to min(most, first * 2^(n-1)): of all the ways to spread attempts it is the
// one that needs the fewest of them when many clients have lost the same server at the same moment (M. Brooker,
// "Exponential Backoff And Jitter", AWS Architecture Blog, 2015; gRPC's A6 has the same rule for retries).
// A value without a clock: it says how long, the caller waits. One thread.

#include <algorithm>

#include "base/random.h"
#include "exocast/backoff_limits.h"

namespace exocast {

class Backoff {
 public:
  explicit constexpr Backoff(const BackoffLimits& limits) noexcept
      : first_(std::max(limits.first, Duration::zero())), most_(std::max(limits.most, first_)), ceiling_(first_) {}

  /// The wait before the next attempt, from 0 to ceiling(), both included; doubles the ceiling for the one after it.
  constexpr Duration next(Random& random) noexcept {
    const Duration wait = random.between(Duration::zero(), ceiling_);
    ceiling_ = ceiling_ > most_ / 2 ? most_ : ceiling_ * 2;
    return wait;
  }

  /// An attempt has succeeded: the next wait is a first one again.
  constexpr void reset() noexcept { ceiling_ = first_; }

  /// The longest that the next wait may be.
  constexpr Duration ceiling() const noexcept { return ceiling_; }

 private:
  Duration first_;
  Duration most_;
  Duration ceiling_;
};

}  // namespace exocast
