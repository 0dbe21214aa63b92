// SPDX-License-Identifier: Apache-2.0
#pragma once
// LineWriter: writes text to a descriptor without blocking the loop when the reader is slow.
// Threading: inside the loop. Lifetime: as Readiness; it does not close the descriptor.

#include <expected>
#include <string>
#include <string_view>

#include "tools/exocast/io/readiness.h"

namespace exocast {

class LineWriter {
 public:
  LineWriter(AsioLoop& loop, int fd);

  /// Writes all of `text`, which must outlive the task. The error is the system's. One task at a time; a stop may leave
  /// a partial line.
  task<std::expected<void, std::string>> write(std::string_view text);

 private:
  Readiness readiness_;
  int fd_;
};

}  // namespace exocast
