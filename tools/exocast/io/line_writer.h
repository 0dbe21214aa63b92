// SPDX-License-Identifier: Apache-2.0
#pragma once
// LineWriter: text to a descriptor, without blocking the loop when whoever reads it is slow.
// Threading: inside the loop. Lifetime: as Readiness; it does not close the descriptor.

#include <expected>
#include <string>
#include <string_view>

#include "tools/exocast/io/readiness.h"

namespace exocast {

class LineWriter {
 public:
  LineWriter(AsioLoop& loop, int fd);

  /// Writes all of `text`, which must live until then. The error is the system's word. One task at a time; a stop may
  /// leave a line half written.
  task<std::expected<void, std::string>> write(std::string_view text);

 private:
  Readiness readiness_;
  int fd_;
};

}  // namespace exocast
