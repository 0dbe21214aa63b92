// SPDX-License-Identifier: Apache-2.0
#pragma once
// A duration as gRPC's arguments take it. A pure function.

#include <chrono>

#include "exocast/gather/deadline.h"

namespace exocast {

inline int milliseconds(Duration duration) {
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

}  // namespace exocast
