// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/message_options.h"

#include <utility>

#include <fmt/format.h>

#include "exocast/link_options.h"
#include "tools/cli/files.h"
#include "tools/cli/parse.h"

namespace exocast {
namespace {

/// The text of an option, or the content of the file that it names with @.
std::expected<std::string, std::string> text_or_file(const std::string& text) {
  if (!text.starts_with('@')) return text;
  return read_file(text.substr(1), ExoClientOptions().message_bytes_max);
}

/// What the command line says is sent.
struct Choice {
  explicit Choice(const CLI::App& command, const MessageOptions& options)
      : lines(options.input == "-"),
        text(options.input && !lines),
        data(given(command, "--data")),
        status(given(command, "--status")),
        tokens(given(command, "--tokens")),
        request(given(command, "--request")),
        is_data(text || data || (lines && options.topic)) {}

  bool lines;  ///< of standard input
  bool text;
  bool data;
  bool status;
  bool tokens;
  bool request;  ///< the request's id is named
  bool is_data;  ///< the messages are data
};

/// Why the options do not go together; nothing if they do.
std::optional<std::string> fault_in(const Choice& choice, const MessageOptions& options) {
  if (int{choice.lines} + int{choice.text} + int{choice.data} + int{choice.status} + int{choice.tokens} != 1) {
    return "one of TEXT, --data, --status, --tokens and - says what to send";
  }
  if (options.topic && !choice.is_data) return "--topic is for data: TEXT, --data or -";
  if (options.topic) {
    if (auto tried = Message::data(*options.topic, ""); !tried) return "--topic: " + tried.error();
  }
  if (choice.request && choice.is_data) return "--request is for tokens and statuses: data has a --topic";
  if (choice.tokens && !choice.request) return "--tokens needs --request ID, the request they belong to";
  if (options.finished && (choice.status || !choice.request)) return "--finished is for tokens, with --request ID";
  return std::nullopt;
}

/// The message, which is not read from standard input.
std::expected<Message, std::string> made(const Choice& choice, const MessageOptions& options) {
  if (choice.tokens) return Message::token_result(options.request_id, options.tokens, options.finished);
  const std::string topic = options.topic.value_or("");
  if (choice.text) return Message::data(topic, *options.input);
  auto content = text_or_file(choice.data ? options.data : options.status);
  if (!content) return std::unexpected(content.error());
  return choice.data ? Message::of_content(MessageKind::data, topic, *std::move(content))
                     : Message::of_content(MessageKind::status, options.request_id, *std::move(content));
}

}  // namespace

void add_message_options(CLI::App& command, MessageOptions& options) {
  MessageOptions& o = options;
  add_text(command, "text", o.input, "TEXT", "The text of a data message; - reads standard input");
  add_text(command, "--data", o.data, "TEXT", "The bytes of a data message, or @FILE with them");
  add_text(command, "--topic", o.topic, "TOPIC", "The topic of data, by which receivers choose");
  add_text(command, "--status", o.status, "JSON", "The JSON text of a status, or @FILE with it");
  add_parsed(command, "--tokens", o.tokens, parse_tokens, "1,2,3", "Tokens of a request");
  add_text(command, "--request", o.request_id, "ID", "The request that tokens belong to");
  add_flag(command, "--finished", o.finished, "The tokens are the last of their request");
}

std::expected<Content, std::string> content_of(const CLI::App& command, const MessageOptions& options) {
  const Choice choice(command, options);
  if (auto fault = fault_in(choice, options)) return std::unexpected(*std::move(fault));
  if (choice.lines) {
    LineFormat lines{.topic = options.topic, .finished = options.finished};
    if (choice.request) lines.request_id = options.request_id;
    return lines;
  }
  auto message = made(choice, options);
  if (message) return *std::move(message);
  const char* option = choice.tokens ? "--tokens" : choice.status ? "--status" : choice.data ? "--data" : "TEXT";
  return std::unexpected(fmt::format("{}: {}", option, message.error()));
}

}  // namespace exocast
