// SPDX-License-Identifier: Apache-2.0
#pragma once
// BackoffLimits: the bounds of the waits between repeated attempts.
//
//   options.lanes.pauses = {.first = 50ms, .most = 2s};
//
// The n-th wait is drawn uniformly from 0 to min(most, first * 2^(n-1)) ("full jitter"). A plain value.

#include "exocast/gather/deadline.h"

namespace exocast {

/// The bounds of a backoff. `most` below `first` counts as `first`, a negative duration as zero.
struct BackoffLimits {
  Duration first;  ///< upper bound of the first wait
  Duration most;   ///< upper bound of every wait
};

}  // namespace exocast
