// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a node tells others about its machine: read from the system at each call, nothing guessed. Safe from any
// thread.

#include "exocast/device.h"
#include "node/nvidia.h"

namespace exocast {

/// `model` is the system and architecture ("Linux x86_64"). With an NVIDIA GPU, `chip` and `memory_mb` are those of
/// the first one: models run there, and exo's ring divides them by this memory, with one device per node. Otherwise
/// `chip` is the processor's name ("" if the system does not know it) and `memory_mb` the physical memory. Arithmetic
/// speed is not measured: 0 means unknown. `nvml` is the library to query for a GPU.
DeviceCapabilities this_machine(const char* nvml = nvml_library);

}  // namespace exocast
