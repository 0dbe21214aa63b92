// SPDX-License-Identifier: Apache-2.0
#pragma once
// MessageLines: reads messages from a descriptor, one per line.
// Threading: inside the loop. Lifetime: as LineReader.

#include <cstddef>
#include <expected>
#include <optional>
#include <string>

#include "exocast/message.h"
#include "tools/exocast/io/line_reader.h"

namespace exocast {

/// How lines of standard input become messages. Empty lines are skipped.
struct LineFormat {
  /// Set: each line is data of this topic, byte for byte.
  std::optional<std::string> topic = std::nullopt;
  /// Else, if this is set: each line is a list of tokens of this request. If not: the JSON text of a status.
  std::optional<std::string> request_id = std::nullopt;
  /// The tokens of the last line finish the request. Only the end of input shows which line is last, so each line is
  /// sent when the next one has arrived.
  bool finished = false;
};

class MessageLines {
 public:
  using Next = std::expected<std::optional<Message>, std::string>;

  /// Reads lines of at most `line_bytes_max` bytes from `fd`, which errors call `name`.
  MessageLines(AsioLoop& loop, int fd, std::string name, LineFormat format, std::size_t line_bytes_max);

  /// The next message; nothing at the end of input. The error is one printable line with the line number and the
  /// reason; after it there are no more messages.
  task<Next> next();

  /// The line number of the last message.
  std::size_t line_number() const noexcept { return line_number_; }

 private:
  task<LineReader::Line> next_filled();
  Next message_of(const std::string& line, std::size_t number, bool is_last);

  LineReader reader_;
  std::string name_;
  LineFormat format_;
  std::optional<std::string> held_;  // read, but it may be the last line
  std::size_t held_number_ = 0;
  std::optional<std::string> fault_;  // a read error, reported after the held message
  std::size_t line_number_ = 0;
};

}  // namespace exocast
