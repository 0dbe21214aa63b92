// SPDX-License-Identifier: Apache-2.0
#include "node/nvidia.h"

#include <string>

#include <gtest/gtest.h>

#include "testing/node/fake_nvml.h"

namespace exocast {
namespace {

TEST(Nvidia, TellsTheFirstGpuAndLeavesNvmlAsItWas) {
  const FakeNvml nvml("NVIDIA A100-SXM4-80GB,81920;Tesla T4,15360");
  const auto gpu = first_nvidia_gpu(FakeNvml::library);
  ASSERT_TRUE(gpu);
  EXPECT_EQ(gpu->name, "NVIDIA A100-SXM4-80GB");
  EXPECT_EQ(gpu->memory_mb, 81920);
  EXPECT_EQ(nvml.in_use(), 0);
}

TEST(Nvidia, MakesTheNameSafeToPrint) {
  const FakeNvml nvml("A\x1B[31m\nB,1");
  EXPECT_EQ(first_nvidia_gpu(FakeNvml::library).value().name, "A [31m B");
}

TEST(Nvidia, TakesANameThatFillsItsPlace) {
  const FakeNvml nvml((std::string(500, 'x') + ",1").c_str());
  EXPECT_EQ(first_nvidia_gpu(FakeNvml::library).value().name, std::string(96, 'x')) << "the end is missing there";
}

TEST(Nvidia, TellsNothingIfAnyCallFails) {
  for (const char* fault :
       {"nvmlInit_v2", "nvmlDeviceGetHandleByIndex_v2", "nvmlDeviceGetName", "nvmlDeviceGetMemoryInfo"}) {
    const FakeNvml nvml("Tesla T4,15360", fault);
    EXPECT_FALSE(first_nvidia_gpu(FakeNvml::library)) << fault;
    EXPECT_EQ(nvml.in_use(), 0) << fault;
  }
}

TEST(Nvidia, TellsNothingWithoutALibraryOrOfAnotherOne) {
  EXPECT_FALSE(first_nvidia_gpu("libnvidia-ml-of-no-machine.so"));
  EXPECT_FALSE(first_nvidia_gpu("libc.so.6")) << "a library that is not NVML";
}

}  // namespace
}  // namespace exocast
