// SPDX-License-Identifier: Apache-2.0
#pragma once
// A runtime folder for each test, so that no test finds the sockets of other tests, or of the user's nodes.

#include <cstdlib>
#include <filesystem>
#include <string>

namespace exocast {

class RuntimeFolder {
 public:
  RuntimeFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "exocast_XXXXXX").string();
    path_ = mkdtemp(pattern.data());
    if (const char* before = std::getenv("XDG_RUNTIME_DIR")) before_ = before;
    setenv("XDG_RUNTIME_DIR", path_.c_str(), 1);
  }
  RuntimeFolder(const RuntimeFolder&) = delete;
  RuntimeFolder& operator=(const RuntimeFolder&) = delete;
  ~RuntimeFolder() {
    std::filesystem::remove_all(path_);
    before_.empty() ? unsetenv("XDG_RUNTIME_DIR") : setenv("XDG_RUNTIME_DIR", before_.c_str(), 1);
  }

  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
  std::string before_;
};

}  // namespace exocast
