// SPDX-License-Identifier: Apache-2.0
#pragma once
// DeviceCapabilities: a node's description of its machine, in discovery, peers files and topologies.
// Plain values; 0 and "" mean unknown, as in exo.

#include <cstdint>
#include <string>

namespace exocast {

/// Arithmetic speed by number format, in 10^12 operations a second. exocast nodes do not measure it.
struct DeviceFlops {
  double fp32_tflops = 0;  ///< 32-bit floating point
  double fp16_tflops = 0;  ///< 16-bit floating point
  double int8_tflops = 0;  ///< 8-bit integers

  /// Compares all fields.
  bool operator==(const DeviceFlops&) const = default;
};

/// The machine of one node. An exocast node describes its first NVIDIA GPU, or else its processor.
struct DeviceCapabilities {
  std::string model;           ///< free text; of an exocast node its system: "Linux x86_64"
  std::string chip;            ///< name of the GPU or processor
  std::int32_t memory_mb = 0;  ///< MiB of the GPU, or of RAM; int32 on the wire
  DeviceFlops flops;           ///< arithmetic speed

  /// Compares all fields.
  bool operator==(const DeviceCapabilities&) const = default;
};

}  // namespace exocast
