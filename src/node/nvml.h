// SPDX-License-Identifier: Apache-2.0
#pragma once
// The part of NVIDIA's nvml.h that is used, as the "NVML API Reference Guide" documents it: a stable C interface, so
// the header is not needed to build. For nvidia.cpp, and for the library that replaces NVML in its tests.

#include <cstddef>

namespace exocast {

using NvmlReturn = int;  // an enum there
inline constexpr NvmlReturn nvml_success = 0;

struct NvmlMemory {
  unsigned long long total = 0;  // bytes, like the other two
  unsigned long long free = 0;
  unsigned long long used = 0;
};

using NvmlDevice = struct NvmlDeviceState*;  // opaque

// The types of nvmlInit_v2, nvmlShutdown, nvmlDeviceGetHandleByIndex_v2, nvmlDeviceGetName, nvmlDeviceGetMemoryInfo.
using NvmlInit = NvmlReturn();
using NvmlShutdown = NvmlReturn();
using NvmlGetHandle = NvmlReturn(unsigned index, NvmlDevice* device);
using NvmlGetName = NvmlReturn(NvmlDevice device, char* name, unsigned length);
using NvmlGetMemory = NvmlReturn(NvmlDevice device, NvmlMemory* memory);

inline constexpr std::size_t nvml_name_bytes_max = 96;  // NVML_DEVICE_NAME_V2_BUFFER_SIZE

}  // namespace exocast
