// SPDX-License-Identifier: Apache-2.0
#pragma once
// The NVIDIA GPU of this machine, queried through its driver's library (NVML), which is loaded at run time: no package
// is needed to build, or to run without a GPU. Safe from any thread.

#include <cstdint>
#include <optional>
#include <string>

namespace exocast {

/// NVML, as every Linux driver installs it.
inline constexpr const char* nvml_library = "libnvidia-ml.so.1";

struct Gpu {
  std::string name;            ///< from its driver, one printable line: "NVIDIA GeForce RTX 4090"
  std::int64_t memory_mb = 0;  ///< its own memory, in MiB
};

/// The first GPU; nothing if there is no GPU, no driver, or a driver that does not answer as documented ("NVML API
/// Reference Guide": nvmlInit_v2, nvmlDeviceGetHandleByIndex_v2, nvmlDeviceGetName, nvmlDeviceGetMemoryInfo,
/// nvmlShutdown). `library` is an argument for dlopen(3). Takes as long as the driver does, milliseconds to a second;
/// the library is unloaded afterwards.
std::optional<Gpu> first_nvidia_gpu(const char* library = nvml_library);

}  // namespace exocast
