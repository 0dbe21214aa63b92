// SPDX-License-Identifier: Apache-2.0
#pragma once
// What this machine is, as a node tells others: read from the system at each call, nothing guessed. Safe from any
// thread.

#include "exocast/device.h"
#include "node/nvidia.h"

namespace exocast {

/// `model` is the system and architecture ("Linux x86_64"). With an NVIDIA GPU, `chip` and `memory_mb` are those of the
/// first one: models run there, and exo's ring shares them out by this memory, one device a node. Else `chip` is the
/// processor's own name ("" where the system does not tell) and `memory_mb` the physical memory. Arithmetic speed is
/// not measured: 0, which means unknown. `nvml` is where the GPU is asked for.
DeviceCapabilities this_machine(const char* nvml = nvml_library);

}  // namespace exocast
