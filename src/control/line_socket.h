// SPDX-License-Identifier: Apache-2.0
#pragma once
// LineSocket: lines of text over a local stream socket, both ways, bounded. Both ends of a control connection use it.
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

  /// Lines that are read have at most `line_bytes_max` bytes, line end not counted.
  LineSocket(LocalStream::socket socket, std::size_t line_bytes_max);

  /// The next line, without its end; nothing once the other end has closed the connection (what it has not ended is no
  /// line). The error, for people: a line is too long, or the system's word. May be stopped and called again.
  task<Line> read();

  /// Writes `text`, whole lines, which must live until then. The error is the system's word. Stopped, it may leave a
  /// line half written: nothing is to be written any more then.
  task<std::expected<void, std::string>> write(std::string_view text);

  /// Writes `text`, whole lines, or drops it: it is dropped if it would have to wait. For what may be missing.
  void offer(std::string_view text);

 private:
  LocalStream::socket socket_;
  std::size_t line_bytes_max_;
  std::array<char, 65'536> piece_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of what has not been taken
  std::size_t scanned_ = 0;  // before it there is no line end
  std::string unsent_;       // the rest of what was offered
};

}  // namespace exocast
