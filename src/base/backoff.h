// SPDX-License-Identifier: Apache-2.0
#pragma once
// Backoff: the time to wait before the next attempt, with full jitter.
//
// The n-th wait is uniform between 0 and min(most, first * 2^(n-1)). Full jitter needs the fewest attempts when many
// clients lose one server at the same moment (M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
// 2015; gRPC's A6 has the same rule for retries).
// A value without a clock: the caller waits. One thread.

#include <algorithm>

#include "base/random.h"
#include "exocast/backoff_limits.h"

namespace exocast {

class Backoff {
 public:
  explicit constexpr Backoff(const BackoffLimits& limits) noexcept
      : first_(std::max(limits.first, Duration::zero())), most_(std::max(limits.most, first_)), ceiling_(first_) {}

  /// The wait before the next attempt, 0 to ceiling() inclusive. Doubles the ceiling for the next wait.
  constexpr Duration next(Random& random) noexcept {
    const Duration wait = random.between(Duration::zero(), ceiling_);
    ceiling_ = ceiling_ > most_ / 2 ? most_ : ceiling_ * 2;
    return wait;
  }

  /// Resets the ceiling after a success.
  constexpr void reset() noexcept { ceiling_ = first_; }

  /// The upper bound of the next wait.
  constexpr Duration ceiling() const noexcept { return ceiling_; }

 private:
  Duration first_;
  Duration most_;
  Duration ceiling_;
};

}  // namespace exocast
