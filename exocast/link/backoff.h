// SPDX-License-Identifier: Apache-2.0
#pragma once
// Backoff: how long to wait before the next attempt - full jitter with a cap.
//
// The n-th pause is drawn evenly from zero to first * 2^n, but never from more than the cap (Brooker, "Exponential
// Backoff And Jitter", 2015), so that senders that lost the same peer at the same moment do not come back together.
// A plain value without a clock; the same random numbers draw the same pauses.

#include <algorithm>

#include "exocast/gather/deadline.h"
#include "exocast/runtime/sim.h"

namespace exocast {

struct BackoffOptions {
  Duration first = std::chrono::milliseconds(100);  ///< the first pause is up to this; more than zero
  Duration cap = std::chrono::seconds(2);           ///< no pause is longer; at least `first`
};

class Backoff {
 public:
  Backoff(const BackoffOptions& options, Random random) noexcept
      : first_(options.first), cap_(std::max(options.cap, options.first)), next_(first_), random_(random) {}

  /// The pause before the next attempt.
  Duration next() noexcept {
    const Duration most = next_;
    next_ = next_ > cap_ / 2 ? cap_ : next_ * 2;
    return random_.between(Duration::zero(), most);
  }

  /// An attempt has succeeded: begins anew.
  void reset() noexcept { next_ = first_; }

  /// What the next pause is drawn up to.
  Duration most() const noexcept { return next_; }

 private:
  Duration first_;
  Duration cap_;
  Duration next_;
  Random random_;
};

}  // namespace exocast
