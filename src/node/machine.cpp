// SPDX-License-Identifier: Apache-2.0
#include "node/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace exocast {
namespace {

std::string system_and_architecture() {
  utsname name{};
  if (uname(&name) != 0) return {};
  return std::string(name.sysname) + " " + name.machine;
}

/// The first "model name" of /proc/cpuinfo, which x86 has; other architectures have no processor name there.
std::string processor_name() {
  constexpr std::string_view key = "model name";
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with(key) && colon != std::string::npos) return to_line(std::string_view(line).substr(colon + 2));
  }
  return {};
}

std::int64_t memory_mb() {
  const std::int64_t pages = sysconf(_SC_PHYS_PAGES);
  const std::int64_t page_bytes = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return 0;
  return pages * page_bytes / (1024 * 1024);
}

/// Limits the value to the wire's type.
std::int32_t to_int32(std::int64_t mb) {
  return static_cast<std::int32_t>(std::min<std::int64_t>(mb, std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

DeviceCapabilities this_machine(const char* nvml) {
  DeviceCapabilities machine;
  machine.model = system_and_architecture();
  if (auto gpu = first_nvidia_gpu(nvml)) {
    machine.chip = std::move(gpu->name);
    machine.memory_mb = to_int32(gpu->memory_mb);
  } else {
    machine.chip = processor_name();
    machine.memory_mb = to_int32(memory_mb());
  }
  return machine;
}

}  // namespace exocast
