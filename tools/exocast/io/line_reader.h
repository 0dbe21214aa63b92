// SPDX-License-Identifier: Apache-2.0
#pragma once
// LineReader: reads lines from a descriptor without blocking the loop, and buffers at most one line of maximal length.
// Threading: inside the loop. Lifetime: as Readiness; it does not close the descriptor.

#include <cstddef>
#include <expected>
#include <optional>
#include <string>

#include "tools/exocast/io/readiness.h"

namespace exocast {

class LineReader {
 public:
  using Line = std::expected<std::optional<std::string>, std::string>;

  /// Lines of `fd` of at most `line_bytes_max` bytes, line end not counted.
  LineReader(AsioLoop& loop, int fd, std::size_t line_bytes_max);

  /// The next line without its end ("\n" or "\r\n"); nothing at the end of input. The last line needs no end. The error
  /// is the number of a line that is too long, or the system's message; after it there are no more lines. One task at a
  /// time.
  task<Line> next();

  /// The number of the last line, from 1.
  std::size_t line_number() const noexcept { return line_number_; }

 private:
  Line take(std::size_t end, std::size_t next);
  Line too_long() const;
  std::expected<void, std::string> read_some();

  static constexpr std::size_t read_bytes = 65'536;

  Readiness readiness_;
  int fd_;
  std::size_t line_bytes_max_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of the unread part
  std::size_t scanned_ = 0;  // no line end before it
  bool at_end_ = false;
  std::size_t line_number_ = 0;
};

}  // namespace exocast
