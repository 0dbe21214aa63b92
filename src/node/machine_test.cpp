// SPDX-License-Identifier: Apache-2.0
#include "node/machine.h"

#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "testing/node/fake_nvml.h"

namespace exocast {
namespace {

/// "MemTotal:  24105 kB" of /proc/meminfo; in some containers it is less than the machine's memory.
long usable_memory_mb() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  long kb = 0;
  file >> key >> kb;
  return kb / 1024;
}

constexpr const char* no_nvml = "libnvidia-ml-of-no-machine.so";

TEST(Machine, TellsItsMemoryAndArchitecture) {
  const DeviceCapabilities machine = this_machine(no_nvml);
  EXPECT_GT(machine.memory_mb, 0);
  EXPECT_GE(machine.memory_mb, usable_memory_mb());
  EXPECT_TRUE(machine.model.starts_with("Linux ")) << machine.model;
  EXPECT_EQ(machine.flops, DeviceFlops()) << "not measured, so unknown";
}

TEST(Machine, TellsItsFirstGpuAndTheMemoryOfThat) {
  const FakeNvml two_gpus("Tesla \"T4\",15360;NVIDIA GeForce RTX 4090,24564");
  const DeviceCapabilities machine = this_machine(FakeNvml::library);
  EXPECT_EQ(machine.chip, "Tesla \"T4\"");
  EXPECT_EQ(machine.memory_mb, 15360);
  EXPECT_EQ(machine.model, this_machine(no_nvml).model) << "the system is the same";
}

TEST(Machine, TellsAsMuchMemoryAsTheWireCanCarry) {
  const FakeNvml huge("X,3000000000");
  EXPECT_EQ(this_machine(FakeNvml::library).memory_mb, 2147483647);
}

TEST(Machine, IsWhatItIsWithoutGpuOfADriverThatHasNone) {
  const FakeNvml none("");
  EXPECT_EQ(this_machine(FakeNvml::library), this_machine(no_nvml));
}

}  // namespace
}  // namespace exocast
