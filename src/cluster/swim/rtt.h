// SPDX-License-Identifier: Apache-2.0
#pragma once
// RoundTrip: how long an answer may take before its probe counts as lost: TCP's estimate (RFC 6298, 2), the smoothed
// round trip and four times its deviation. A value without a clock; one thread.

#include <chrono>

#include "exocast/gather/deadline.h"

namespace exocast::swim {

class RoundTrip {
 public:
  void add(Duration sample) noexcept {
    if (smoothed_ == Duration::zero()) {
      smoothed_ = sample;
      deviation_ = sample / 2;
      return;
    }
    deviation_ += (std::chrono::abs(smoothed_ - sample) - deviation_) / 4;
    smoothed_ += (sample - smoothed_) / 8;
  }

  /// Zero before the first sample.
  Duration smoothed() const noexcept { return smoothed_; }
  Duration timeout() const noexcept { return smoothed_ + 4 * deviation_; }

 private:
  Duration smoothed_ = Duration::zero();
  Duration deviation_ = Duration::zero();
};

}  // namespace exocast::swim
