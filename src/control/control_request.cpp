// SPDX-License-Identifier: Apache-2.0
#include "control/control_request.h"

#include <array>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "base/text.h"
#include "control/json_fields.h"
#include "message/json_text.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;
using Milliseconds = std::chrono::duration<double, std::milli>;
using Parsed = std::expected<ControlRequest, std::string>;

constexpr std::size_t receivers_max = 65'536;
constexpr double timeout_ms_max = 24.0 * 3600 * 1000;
constexpr std::size_t depth_max = 8;

Json request(std::string_view what) { return {{"v", control_version}, {"do", what}}; }

Json to_json(const InfoRequest& /*info*/) { return request("info"); }
Json to_json(const PeersRequest& /*peers*/) { return request("peers"); }
Json to_json(const CancelRequest& /*cancel*/) { return request("cancel"); }

Json to_json(const TopologyRequest& topology) {
  Json json = request("topology");
  json["timeout_ms"] = Milliseconds(topology.timeout).count();
  return json;
}

/// The options that a broadcast and a question share.
void add_options(Json& json, const auto& request) {
  json["timeout_ms"] = Milliseconds(request.timeout).count();
  json["limit"] = request.limit;
  if (request.quorum) json["quorum"] = *request.quorum;
  if (request.progress) json["progress"] = true;
}

Json to_json(const AskRequest& ask) {
  Json json = request("ask");
  json["question"] = ask.question.name();
  json["argument"] = ask.question.argument();
  add_options(json, ask);
  return json;
}

Json to_json(const WatchRequest& watch) {
  Json json = request("watch");
  if (watch.request_id) json["request_id"] = to_utf8(*watch.request_id);
  if (watch.topic) json["topic"] = to_utf8(*watch.topic);
  if (watch.stable) json["stable"] = true;
  if (watch.replay) json["replay"] = true;
  return json;
}

void add_content(Json& json, const Message& message) {
  if (message.kind() == MessageKind::data) {
    json["topic"] = message.topic();
    const auto [key, text] = text_or_base64(message.payload());
    json[std::string(key)] = text;
    return;
  }
  json["request_id"] = message.request_id();
  if (message.kind() == MessageKind::status) {
    json["status"] = message.status();
  } else {
    json["tokens"] = std::vector<std::int32_t>(message.tokens().begin(), message.tokens().end());
    json["finished"] = message.finished();
  }
}

Json to_json(const SendRequest& send) {
  Json json = request("send");
  json["kind"] = to_string(send.message.kind());
  add_content(json, send.message);
  add_options(json, send);
  return json;
}

Duration timeout_of(JsonFields& fields, Duration otherwise) {
  const auto ms = fields.number("timeout_ms", timeout_ms_max);
  return ms ? std::chrono::duration_cast<Duration>(Milliseconds(*ms)) : otherwise;
}

void read_options(JsonFields& fields, auto& request) {
  request.timeout = timeout_of(fields, request.timeout);
  request.limit = fields.count("limit", receivers_max).value_or(request.limit);
  request.quorum = fields.count("quorum", receivers_max);
  request.progress = fields.flag("progress");
}

Parsed ask_of(JsonFields& fields) {
  auto question = Question::make(fields.text("question").value_or(""), fields.text("argument").value_or(""));
  if (!question) return std::unexpected(std::move(question.error()));
  AskRequest ask{.question = *std::move(question)};
  read_options(fields, ask);
  return ask;
}

std::expected<Message, std::string> data_of(JsonFields& fields) {
  const auto text = fields.text("text");
  const auto base64 = fields.text("base64");
  if (text.has_value() == base64.has_value()) return std::unexpected("data needs one of the keys 'text' and 'base64'");
  const auto payload = text ? text : from_base64(*base64);
  if (!payload) return std::unexpected("'base64' is not in base64 with its padding");
  return Message::data(fields.text("topic").value_or(""), *payload);
}

std::expected<Message, std::string> message_of(JsonFields& fields) {
  const std::string kind = fields.text("kind").value_or("");
  if (kind == "data") return data_of(fields);
  const std::string request_id = fields.text("request_id").value_or("");
  if (kind == "status") {
    const auto status = fields.text("status");
    if (!status) return std::unexpected("a status needs the key 'status', its JSON text as a string");
    return Message::opaque_status(request_id, *status);
  }
  if (kind != "tokens") return std::unexpected("'kind' is none of 'tokens', 'status' and 'data'");
  const auto tokens = fields.tokens("tokens");
  return Message::token_result(request_id, tokens.value_or(std::vector<std::int32_t>()), fields.flag("finished"));
}

Parsed send_of(JsonFields& fields) {
  auto message = message_of(fields);
  if (!message) return std::unexpected(std::move(message.error()));
  SendRequest send{.message = *std::move(message)};
  read_options(fields, send);
  return send;
}

Parsed request_of(const std::string& what, JsonFields& fields) {
  if (what == "info") return InfoRequest();
  if (what == "peers") return PeersRequest();
  if (what == "cancel") return CancelRequest();
  if (what == "topology") return TopologyRequest{.timeout = timeout_of(fields, TopologyRequest().timeout)};
  if (what == "ask") return ask_of(fields);
  if (what == "watch") {
    return WatchRequest{.request_id = fields.text("request_id"),
                        .topic = fields.text("topic"),
                        .stable = fields.flag("stable"),
                        .replay = fields.flag("replay")};
  }
  if (what == "send") return send_of(fields);
  return std::unexpected(
      fmt::format("'{}' is none of info, peers, topology, ask, watch, send and cancel", to_line(what, 40)));
}

}  // namespace

std::string encode(const ControlRequest& request) {
  return std::visit([](const auto& one) { return to_json(one).dump(); }, request);
}

Parsed parse_control_request(std::string_view line) {
  const auto wrong = [](std::string_view why) { return std::unexpected(fmt::format("request: {}", why)); };
  if (const auto fault = json_fault(line, {.max_depth = depth_max, .unique_keys = true})) return wrong(*fault);
  const Json json = Json::parse(line);
  if (!json.is_object()) return wrong("is not a JSON object");
  JsonFields fields(json);
  const auto version = fields.number("v", std::numeric_limits<int>::max());
  if (!fields.fault() && version != control_version) {
    return wrong(fmt::format("'v' has to be {}, the version of this protocol", control_version));
  }
  auto request = request_of(fields.text("do").value_or(""), fields);
  if (auto fault = fields.fault()) return wrong(*fault);
  if (!request) return wrong(request.error());
  if (auto unknown = fields.unknown()) return wrong(*unknown);
  return request;
}

}  // namespace exocast
