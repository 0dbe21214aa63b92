// SPDX-License-Identifier: Apache-2.0
#pragma once
// LineSocket: lines of text over a local stream socket, in both directions, with limits. Both ends of a control
// connection use it.
// Threading: inside the loop; one task reads, one writes. Lifetime: the loop outlives it, it outlives its waits.

#include <array>
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "control/control_listener.h"
#include "exocast/gather/task.h"

namespace exocast {

class LineSocket {
 public:
  using Line = std::expected<std::optional<std::string>, std::string>;

  /// Lines up to `line_bytes_max` bytes are read, line end not counted.
  LineSocket(LocalStream::socket socket, std::size_t line_bytes_max);

  /// The next line, without its end; nothing once the other end has closed the connection (an unfinished line is
  /// dropped). The error, as readable text: a line is too long, or the system's error. May be stopped and called
  /// again.
  task<Line> read();

  /// Writes `text`, which is whole lines and must live until this ends. The error is the system's. If stopped, it may
  /// leave half a line; then write nothing more.
  task<std::expected<void, std::string>> write(std::string_view text);

  /// Writes `text`, which is whole lines, or drops it if it would have to wait. For optional events.
  void offer(std::string_view text);

 private:
  LocalStream::socket socket_;
  std::size_t line_bytes_max_;
  std::array<char, 65'536> piece_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of the bytes not taken yet
  std::size_t scanned_ = 0;  // no line end before this position
  std::string unsent_;       // the rest of an offered line
};

}  // namespace exocast
