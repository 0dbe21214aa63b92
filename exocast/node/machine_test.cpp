// SPDX-License-Identifier: Apache-2.0
#include "exocast/node/machine.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace exocast {
namespace {

/// "MemTotal:  24105 kB" of /proc/meminfo; in some containers it is less than what the machine has.
long usable_memory_mb() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  long kb = 0;
  file >> key >> kb;
  return kb / 1024;
}

TEST(Machine, TellsItsMemoryAndArchitecture) {
  const DeviceCapabilities machine = this_machine();
  EXPECT_GT(machine.memory_mb, 0);
  EXPECT_GE(machine.memory_mb, usable_memory_mb());
  EXPECT_TRUE(machine.model.starts_with("Linux ")) << machine.model;
  EXPECT_EQ(machine.flops, DeviceFlops()) << "not measured, so unknown";
}

}  // namespace
}  // namespace exocast
