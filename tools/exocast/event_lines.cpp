// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/event_lines.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/text.h"
#include "message/json_text.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

/// The caller cuts a longer message anyway.
constexpr std::size_t shown_max = 200;

std::string content_of(const Message& message) {
  if (message.kind() == MessageKind::data) {
    const std::string_view payload = message.payload();
    return is_utf8(payload) ? std::string(payload.substr(0, 4 * shown_max)) : fmt::format("({} bytes)", payload.size());
  }
  if (message.kind() == MessageKind::status) return std::string(message.status().substr(0, 4 * shown_max));
  const auto tokens = message.tokens();
  std::string text = fmt::format("{}", fmt::join(tokens.first(std::min(tokens.size(), shown_max)), ","));
  if (const auto tensor = message.tensor()) {
    text +=
        fmt::format("{} tensor of [{}], {} bytes", tensor->dtype, fmt::join(tensor->shape, ","), tensor->data.size());
  }
  return text;
}

/// "tokens r1: ", "data news: ".
std::string heading(const Json& event) {
  const std::string id = event.value("request_id", event.value("topic", ""));
  return fmt::format("{}{}{}: ", event.value("kind", ""), id.empty() ? "" : " ", id);
}

/// The message in an event, as far as it is shown.
std::expected<Message, std::string> message_in(const Json& event) {
  const std::string kind = event.value("kind", "");
  if (kind == "data") {
    const auto bytes = event.contains("base64") ? from_base64(event.value("base64", "")) : event.value("text", "");
    return Message::data(event.value("topic", ""), bytes.value_or(""));
  }
  const std::string id = event.value("request_id", "");
  if (kind == "status") return Message::opaque_status(id, event.value("status", Json()).dump());
  return Message::token_result(id, event.value("tokens", std::vector<std::int32_t>()), event.value("finished", false));
}

std::string stable_line(const Json& event) {
  const std::string stable = event.value("stable", "");
  const std::string_view words = stable == "yes"       ? "every receiver has it"
                                 : stable == "no"      ? "a receiver did not accept it"
                                 : stable == "not_yet" ? "a receiver has not answered"
                                                       : "its sender does not say who has it";
  return fmt::format("(message {}: {})\n", event.value("message", 0ULL), words);
}

std::string replay_line(const Json& event) {
  const std::string peer = to_line(event.value("peer", ""), 100);
  if (event.contains("error")) return fmt::format("({}: no replay: {})\n", peer, to_line(event.value("error", "")));
  const auto left_out = event.value("left_out", 0ULL);
  return fmt::format("({}: {} messages replayed{})\n", peer, event.value("messages", 0ULL),
                     left_out > 0 ? fmt::format(", {} left out", left_out) : "");
}

std::string message_line(const Json& event) {
  if (event.contains("too_long")) {
    return to_line(fmt::format("{}({} bytes, too long to show)", heading(event), event.value("too_long", 0ULL))) + '\n';
  }
  if (const auto tensor = event.find("tensor"); tensor != event.end()) {
    return to_line(fmt::format("{}{} tensor of {}, {} bytes", heading(event), tensor->value("dtype", ""),
                               tensor->value("shape", Json::array()).dump(), tensor->value("bytes", 0ULL))) +
           '\n';
  }
  const auto message = message_in(event);
  return message ? EventLines("", false).message(*message) : "";
}

}  // namespace

std::string EventLines::listening(const PeerAddress& address, const std::optional<PeerAddress>& native) const {
  if (!json_) return fmt::format("{} listens on {}\n", to_line(node_id_), to_string(address));
  const std::string also = native ? fmt::format(R"(,"native":{})", json_string(to_string(*native))) : "";
  return fmt::format(R"({{"event":"listening","id":{},"address":{}{}}})", json_string(node_id_),
                     json_string(to_string(address)), also) +
         '\n';
}

std::string EventLines::message(const Message& message) const {
  if (json_) return to_json_line(message) + '\n';
  const std::string_view name = message.kind() == MessageKind::data ? message.topic() : message.request_id();
  const std::string id = name.empty() ? "" : fmt::format(" {}", name);
  // " finished" matters most, so the text before it is cut.
  const std::string line = to_line(fmt::format("{}{}: {}", to_string(message.kind()), id, content_of(message)));
  return line + (message.finished() ? " finished\n" : "\n");
}

std::string EventLines::stopped(const InboxMetrics& metrics) const {
  if (!json_) {
    return fmt::format("{} stopped: {} messages accepted, {} refused\n", to_line(node_id_), metrics.accepted_total,
                       metrics.refused_total);
  }
  return fmt::format(R"({{"event":"stopped","id":{},"accepted":{},"refused":{}}})", json_string(node_id_),
                     metrics.accepted_total, metrics.refused_total) +
         '\n';
}

std::string to_watch_line(const Json& event) {
  const std::string what = event.value("event", "");
  if (what == "message") return (event.value("replayed", false) ? "(replayed) " : "") + message_line(event);
  if (what == "watching") return fmt::format("{} is watched\n", to_line(event.value("id", ""), 100));
  if (what == "replay") return replay_line(event);
  if (what == "stable") return stable_line(event);
  if (what == "gap") return fmt::format("({} messages missed)\n", event.value("missed", 0ULL));
  if (event.contains("end")) {
    return fmt::format("{} messages seen, {} missed\n", event.value("messages", 0ULL), event.value("missed", 0ULL));
  }
  return "";
}

}  // namespace exocast
