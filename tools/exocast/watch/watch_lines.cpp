// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/watch/watch_lines.h"

#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "tools/exocast/node/event_lines.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

/// "tokens r1: ".
std::string heading(const Json& event) {
  const std::string id = event.value("request_id", "");
  return fmt::format("{}{}{}: ", event.value("kind", ""), id.empty() ? "" : " ", id);
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
  const std::string id = event.value("request_id", "");
  const auto message = event.value("kind", "") == "status"
                           ? Message::opaque_status(id, event.value("status", Json()).dump())
                           : Message::token_result(id, event.value("tokens", std::vector<std::int32_t>()),
                                                   event.value("finished", false));
  return message ? EventLines("", false).message(*message) : "";
}

}  // namespace

std::string to_watch_line(const Json& event) {
  const std::string what = event.value("event", "");
  if (what == "message") return message_line(event);
  if (what == "watching") return fmt::format("{} is watched\n", to_line(event.value("id", ""), 100));
  if (what == "gap") return fmt::format("({} messages missed)\n", event.value("missed", 0ULL));
  if (event.contains("end")) {
    return fmt::format("{} messages seen, {} missed\n", event.value("messages", 0ULL), event.value("missed", 0ULL));
  }
  return "";
}

}  // namespace exocast
