// SPDX-License-Identifier: Apache-2.0
#pragma once
// FileStamp: detects whether a file has changed since it was read. Safe from any thread.

#include <sys/stat.h>
#include <sys/types.h>

#include <cerrno>
#include <chrono>
#include <expected>
#include <string>

namespace exocast {

class FileStamp {
 public:
  /// The stamp of the file at `path` now; the error is errno.
  static std::expected<FileStamp, int> of(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return std::unexpected(errno);
    FileStamp stamp;
    stamp.device_ = status.st_dev;
    stamp.inode_ = status.st_ino;
    stamp.bytes_ = status.st_size;
    stamp.regular_ = S_ISREG(status.st_mode);
    stamp.modified_ = time_of(status.st_mtim);
    stamp.changed_ = time_of(status.st_ctim);
    return stamp;
  }

  bool is_regular() const noexcept { return regular_; }

  /// Whether a change right after `now` could leave the stamp unchanged, as file times are coarse: up to 2 s on FAT.
  /// Content read this soon after a change must be read again.
  bool may_hide_a_change(std::chrono::system_clock::time_point now) const noexcept {
    return now - changed_ < std::chrono::seconds(2);
  }

  bool operator==(const FileStamp&) const = default;

 private:
  using Time = std::chrono::sys_time<std::chrono::nanoseconds>;
  static Time time_of(const timespec& time) noexcept {
    return Time(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
  }

  dev_t device_ = 0;
  ino_t inode_ = 0;
  off_t bytes_ = 0;
  bool regular_ = false;
  Time modified_{};
  Time changed_{};
};

}  // namespace exocast
