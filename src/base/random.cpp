// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <random>

namespace exocast {

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace exocast
