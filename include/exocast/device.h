// SPDX-License-Identifier: Apache-2.0
#pragma once
// DeviceCapabilities: what a node says of its machine, in discovery, peers files and topologies.
// Plain values; zero and "" mean unknown, as in exo.

#include <cstdint>
#include <string>

namespace exocast {

/// Arithmetic speed by number format.
struct DeviceFlops {
  double fp32_tflops = 0;
  double fp16_tflops = 0;
  double int8_tflops = 0;

  bool operator==(const DeviceFlops&) const = default;
};

struct DeviceCapabilities {
  std::string model;
  std::string chip;
  std::int32_t memory_mb = 0;  // int32 on the wire
  DeviceFlops flops;

  bool operator==(const DeviceCapabilities&) const = default;
};

}  // namespace exocast
