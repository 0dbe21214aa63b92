// SPDX-License-Identifier: Apache-2.0
#include "node/nvidia.h"

#include <dlfcn.h>

#include <array>
#include <memory>

#include "base/text.h"
#include "node/nvml.h"

namespace exocast {
namespace {

struct Unload {
  void operator()(void* library) const noexcept { dlclose(library); }
};
using Library = std::unique_ptr<void, Unload>;

template <class Function>
Function* find(const Library& library, const char* name) {
  return reinterpret_cast<Function*>(dlsym(library.get(), name));
}

/// NVML must be initialised.
std::optional<Gpu> first_gpu(const Library& nvml) {
  auto* const get_handle = find<NvmlGetHandle>(nvml, "nvmlDeviceGetHandleByIndex_v2");
  auto* const get_name = find<NvmlGetName>(nvml, "nvmlDeviceGetName");
  auto* const get_memory = find<NvmlGetMemory>(nvml, "nvmlDeviceGetMemoryInfo");
  if (get_handle == nullptr || get_name == nullptr || get_memory == nullptr) return std::nullopt;

  NvmlDevice device = nullptr;
  std::array<char, nvml_name_bytes_max + 1> name{};  // ends with 0, whatever NVML writes
  NvmlMemory memory;
  if (get_handle(0, &device) != nvml_success) return std::nullopt;
  if (get_name(device, name.data(), nvml_name_bytes_max) != nvml_success) return std::nullopt;
  if (get_memory(device, &memory) != nvml_success) return std::nullopt;
  return Gpu{.name = to_line(name.data()), .memory_mb = static_cast<std::int64_t>(memory.total >> 20)};
}

}  // namespace

std::optional<Gpu> first_nvidia_gpu(const char* library) {
  const Library nvml(dlopen(library, RTLD_LAZY | RTLD_LOCAL));
  if (nvml == nullptr) return std::nullopt;
  auto* const init = find<NvmlInit>(nvml, "nvmlInit_v2");
  auto* const shutdown = find<NvmlShutdown>(nvml, "nvmlShutdown");
  if (init == nullptr || shutdown == nullptr || init() != nvml_success) return std::nullopt;
  const auto gpu = first_gpu(nvml);
  shutdown();
  return gpu;
}

}  // namespace exocast
