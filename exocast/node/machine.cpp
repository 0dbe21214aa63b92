// SPDX-License-Identifier: Apache-2.0
#include "exocast/node/machine.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>

#include "exocast/message/text.h"

namespace exocast {
namespace {

std::string system_and_architecture() {
  utsname name{};
  if (uname(&name) != 0) return {};
  return std::string(name.sysname) + " " + name.machine;
}

/// The first "model name" of /proc/cpuinfo, which x86 has; other architectures name no processor there.
std::string processor_name() {
  constexpr std::string_view key = "model name";
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with(key) && colon != std::string::npos) return to_line(std::string_view(line).substr(colon + 2));
  }
  return {};
}

std::int32_t memory_mb() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return 0;
  const long long mb = static_cast<long long>(pages) * page_bytes / (1024 * 1024);
  return static_cast<std::int32_t>(std::min<long long>(mb, std::numeric_limits<std::int32_t>::max()));
}

}  // namespace

DeviceCapabilities this_machine() {
  return {.model = system_and_architecture(), .chip = processor_name(), .memory_mb = memory_mb(), .flops = {}};
}

}  // namespace exocast
