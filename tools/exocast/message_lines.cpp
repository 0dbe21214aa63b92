// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/message_lines.h"

#include <utility>

#include <fmt/format.h>

#include "tools/cli/parse.h"

namespace exocast {

MessageLines::MessageLines(AsioLoop& loop, int fd, std::string name, LineFormat format, std::size_t line_bytes_max)
    : reader_(loop, fd, line_bytes_max), name_(std::move(name)), format_(std::move(format)) {}

task<MessageLines::Next> MessageLines::next() {
  if (!format_.finished) {
    auto line = co_await next_filled();
    if (!line) co_return std::unexpected(std::move(line.error()));
    if (!*line) co_return std::nullopt;
    co_return message_of(**line, reader_.line_number(), false);
  }
  while (!fault_) {
    auto line = co_await next_filled();
    if (!line) fault_ = std::move(line.error());
    const bool at_end = line && !*line;
    auto before = std::exchange(held_, line ? *std::move(line) : std::nullopt);
    const auto before_number = std::exchange(held_number_, reader_.line_number());
    if (before) co_return message_of(*before, before_number, at_end);
    if (at_end) co_return std::nullopt;
  }
  co_return std::unexpected(*fault_);
}

task<LineReader::Line> MessageLines::next_filled() {
  for (;;) {
    auto line = co_await reader_.next();
    if (!line) co_return std::unexpected(fmt::format("{}: {}", name_, line.error()));
    if (!*line || (*line)->find_first_not_of(" \t") != std::string::npos) co_return line;
  }
}

MessageLines::Next MessageLines::message_of(const std::string& line, std::size_t number, bool is_last) {
  line_number_ = number;
  const auto wrong = [&](const std::string& why) {
    return std::unexpected(fmt::format("{}: line {}: {}", name_, number, why));
  };
  if (format_.topic || !format_.request_id) {
    auto message = format_.topic ? Message::data(*format_.topic, line) : Message::opaque_status("", line);
    if (!message) return wrong(message.error());
    return *std::move(message);
  }
  const auto tokens = parse_tokens(line);
  if (!tokens) return wrong(tokens.error());
  auto message = Message::token_result(*format_.request_id, *tokens, is_last);
  if (!message) return wrong(message.error());
  return *std::move(message);
}

}  // namespace exocast
