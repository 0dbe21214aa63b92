// SPDX-License-Identifier: Apache-2.0
#pragma once
// FakeNvml: a library that answers as NVML does, for GPUs that a test defines. tests/fake_nvml is loaded by its path,
// the real one by its name. One thread, one instance at a time.

#include <dlfcn.h>

#include <cstdlib>
#include <stdexcept>

namespace exocast {

class FakeNvml {
 public:
  static constexpr const char* library = EXOCAST_FAKE_NVML;

  /// `gpus` are "name,MiB" separated by ';'. `fault` names the one function that fails.
  explicit FakeNvml(const char* gpus, const char* fault = "") : library_(dlopen(library, RTLD_NOW)) {
    if (library_ == nullptr) throw std::runtime_error(dlerror());
    setenv("EXOCAST_FAKE_GPUS", gpus, 1);
    setenv("EXOCAST_FAKE_FAULT", fault, 1);
  }
  FakeNvml(const FakeNvml&) = delete;
  FakeNvml& operator=(const FakeNvml&) = delete;
  ~FakeNvml() { dlclose(library_); }

  /// Initialisations without a shutdown.
  int in_use() const { return *static_cast<const int*>(dlsym(library_, "exocast_fake_nvml_in_use")); }

 private:
  void* library_;  // stays loaded to keep the count
};

}  // namespace exocast
