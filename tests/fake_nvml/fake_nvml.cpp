// SPDX-License-Identifier: Apache-2.0
// A library with the functions of NVML that exocast uses, answering of the GPUs in EXOCAST_FAKE_GPUS, for
// testing/node/fake_nvml.h. The documented rules are kept: nothing works before nvmlInit_v2.

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "node/nvml.h"

namespace {

constexpr int success = 0;
constexpr int error_uninitialized = 1;
constexpr int error_not_found = 6;
constexpr int error_unknown = 999;

std::string_view given(const char* variable) {
  const char* const text = std::getenv(variable);
  return text != nullptr ? text : "";
}

bool fails(std::string_view function) { return given("EXOCAST_FAKE_FAULT") == function; }

}  // namespace

struct exocast::NvmlDeviceState {
  std::string name;
  unsigned long long mib;
};

using exocast::NvmlDevice;
using exocast::NvmlDeviceState;
using exocast::NvmlMemory;

// NOLINTBEGIN(readability-identifier-naming): the names are NVML's
extern "C" {

int exocast_fake_nvml_in_use = 0;

int nvmlInit_v2() {
  if (fails("nvmlInit_v2")) return error_unknown;
  ++exocast_fake_nvml_in_use;
  return success;
}

int nvmlShutdown() {
  if (exocast_fake_nvml_in_use == 0) return error_uninitialized;
  --exocast_fake_nvml_in_use;
  return success;
}

int nvmlDeviceGetHandleByIndex_v2(unsigned index, NvmlDevice* device) {
  static NvmlDeviceState found;
  if (exocast_fake_nvml_in_use == 0) return error_uninitialized;
  if (fails("nvmlDeviceGetHandleByIndex_v2")) return error_unknown;
  std::string_view gpus = given("EXOCAST_FAKE_GPUS");
  for (; index > 0 && !gpus.empty(); --index) gpus.remove_prefix(std::min(gpus.find(';'), gpus.size() - 1) + 1);
  const std::string gpu(gpus.substr(0, gpus.find(';')));
  if (gpu.empty()) return error_not_found;
  const std::size_t comma = gpu.rfind(',');
  found = {gpu.substr(0, comma), std::stoull(gpu.substr(comma + 1))};
  *device = &found;
  return success;
}

/// Without an end, if the name fills all of it: the worst that its caller may meet.
int nvmlDeviceGetName(NvmlDevice device, char* name, unsigned length) {
  if (fails("nvmlDeviceGetName")) return error_unknown;
  std::strncpy(name, device->name.c_str(), length);
  return success;
}

int nvmlDeviceGetMemoryInfo(NvmlDevice device, NvmlMemory* memory) {
  if (fails("nvmlDeviceGetMemoryInfo")) return error_unknown;
  *memory = {.total = device->mib << 20, .free = 0, .used = device->mib << 20};
  return success;
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
