// SPDX-License-Identifier: Apache-2.0
#pragma once
// The options that say what `exocast send` sends: TEXT, --data, --status, --tokens or -, and what belongs to them. One
// thread.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "exocast/message.h"
#include "tools/cli/command_line.h"
#include "tools/exocast/message_lines.h"

namespace exocast {

struct MessageOptions {
  std::optional<std::string> input;  ///< a text, or "-" for standard input
  std::string data;
  std::optional<std::string> topic;
  std::string status;
  std::vector<std::int32_t> tokens;
  std::string request_id;
  bool finished = false;
};

/// Adds them to `command`; `options` lives as long as it.
void add_message_options(CLI::App& command, MessageOptions& options);

/// One message, or the lines of standard input.
using Content = std::variant<Message, LineFormat>;

/// What is sent. The error is one printable line: the options do not go together, or make no message.
std::expected<Content, std::string> content_of(const CLI::App& command, const MessageOptions& options);

}  // namespace exocast
