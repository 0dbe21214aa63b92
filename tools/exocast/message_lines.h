// SPDX-License-Identifier: Apache-2.0
#pragma once
// MessageLines: the lines of a descriptor as messages, one by one.
// Threading: inside the loop. Lifetime: as LineReader.

#include <cstddef>
#include <expected>
#include <optional>
#include <string>

#include "exocast/message.h"
#include "tools/exocast/io/line_reader.h"

namespace exocast {

/// How the lines of standard input become messages; empty ones are left out.
struct LineFormat {
  /// Without it each line is the JSON text of a status; with it each line is a list of tokens of this request.
  std::optional<std::string> request_id;
  /// The last line's tokens are the request's last. It is known to be the last only at the end of input, so each line
  /// is sent when the next one has come.
  bool finished = false;
};

class MessageLines {
 public:
  using Next = std::expected<std::optional<Message>, std::string>;

  /// Lines of at most `line_bytes_max` bytes of `fd`, which errors call `name`.
  MessageLines(AsioLoop& loop, int fd, std::string name, LineFormat format, std::size_t line_bytes_max);

  /// The next message; nothing at the end. The error is one printable line that says which line is wrong, and how;
  /// after it there is no more.
  task<Next> next();

  /// The line of the last message.
  std::size_t line_number() const noexcept { return line_number_; }

 private:
  task<LineReader::Line> next_filled();
  Next message_of(const std::string& line, std::size_t number, bool is_last);

  LineReader reader_;
  std::string name_;
  LineFormat format_;
  std::optional<std::string> held_;  // read, but not known to be the last or not
  std::size_t held_number_ = 0;
  std::optional<std::string> fault_;  // of reading; what is held is sent before it is told
  std::size_t line_number_ = 0;
};

}  // namespace exocast
