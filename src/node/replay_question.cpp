// SPDX-License-Identifier: Apache-2.0
#include "node/replay_question.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <ranges>
#include <tuple>
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

constexpr std::size_t number_max = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t heading_bytes_max = 128;  // an answer without messages
constexpr std::size_t row_bytes_max = 128;      // a message without its content

std::optional<StreamClass> stream_class_named(std::string_view name) noexcept {
  const auto at = std::ranges::find(all_stream_classes, name, [](StreamClass of) { return to_string(of); });
  return at != all_stream_classes.end() ? std::optional(*at) : std::nullopt;
}

/// The class that is asked for; nullopt: all.
std::optional<StreamClass> class_of(const ReplayRequest& request) noexcept {
  return request.after ? request.after.stream_class : request.stream_class;
}

bool asks_for(const ReplayRequest& request, StreamClass of) noexcept { return class_of(request).value_or(of) == of; }

/// The parsed object in `text`, or what is wrong with it.
std::expected<Json, std::string> object_in(std::string_view text) {
  if (auto fault = json_fault(text, {.max_depth = 3, .unique_keys = true})) return std::unexpected(*std::move(fault));
  Json json = Json::parse(text);
  if (!json.is_object()) return std::unexpected("it is not a JSON object");
  return json;
}

std::string row_of(const Replayed& one) {
  return fmt::format(R"({{"class":"{}","position":{},"kind":"{}","base64":"{}"}})", to_string(one.origin.stream_class),
                     one.origin.position, to_string(one.message.kind()), to_base64(one.message.encoded()));
}

/// The rows of the newest of `kept` that fit into `room` bytes and are at most `most`, in order. A message that is too
/// large for any answer is left out, and does not hide the older ones.
std::vector<std::string> newest_rows(const std::vector<Replayed>& kept, std::size_t room, std::size_t most) {
  std::vector<std::string> rows;
  for (const Replayed& one : kept | std::views::reverse) {
    const std::size_t bytes = row_bytes_max + (one.message.bytes() + 2) / 3 * 4;
    if (bytes > Question::answer_bytes_max - heading_bytes_max) continue;
    if (bytes > room || rows.size() == most) break;
    room -= bytes;
    rows.push_back(row_of(one));
  }
  std::ranges::reverse(rows);
  return rows;
}

/// The message in `row` of the answer of the log `log`. The error says what is wrong with it.
std::expected<Replayed, std::string> replayed_in(const Json& row, std::uint64_t log) {
  if (!row.is_object()) return std::unexpected("it is not a JSON object");
  JsonFields fields(row);
  const auto of = stream_class_named(fields.text("class").value_or(""));
  const auto kind = message_kind_of(fields.text("kind").value_or(""));
  const auto position = fields.count("position", number_max);
  const auto base64 = fields.text("base64");
  if (fields.fault()) return std::unexpected(*fields.fault());
  if (!of) return std::unexpected("'class' is none of control, tokens and bulk");
  if (!kind) return std::unexpected("'kind' is none of tokens, status and data");
  if (!position) return std::unexpected("it has no 'position'");
  const auto encoded = base64 ? from_base64(*base64) : std::nullopt;
  if (!encoded) return std::unexpected("'base64' is not in base64 with its padding");
  auto message = Message::from_encoded(*kind, *encoded);
  if (!message) return std::unexpected(std::move(message.error()));
  return Replayed{*std::move(message), {.log = log, .position = *position, .stream_class = *of}};
}

/// Whether `one` may follow the messages before it in the answer to `request`; else what is wrong with it.
std::optional<std::string> misplaced(const Replayed& one, const std::vector<Replayed>& before,
                                     const ReplayRequest& request) {
  const Origin& origin = one.origin;
  const auto place = [](const Origin& of) { return std::tuple(of.stream_class, of.position); };
  if (!asks_for(request, origin.stream_class)) {
    return fmt::format("the class {} was not asked for", to_string(origin.stream_class));
  }
  if (origin.log == request.after.log && request.after && origin.position <= request.after.position) {
    return fmt::format("its position is {}, and later ones than {} were asked for", origin.position,
                       request.after.position);
  }
  if (!before.empty() && place(before.back().origin) >= place(origin)) return "it is not behind the one before it";
  const std::size_t most = request.messages_max;
  if (before.size() >= most && before[before.size() - most].origin.stream_class == origin.stream_class) {
    return fmt::format("{} of the class {} were asked for", most, to_string(origin.stream_class));
  }
  return std::nullopt;
}

}  // namespace

Question replay_question(const ReplayRequest& request) {
  assert(request.messages_max >= 1 && request.messages_max <= ReplayRequest::messages_limit);
  Json argument = Json::object();
  if (const auto of = class_of(request)) argument["class"] = to_string(*of);
  if (request.after) {
    argument["log"] = request.after.log;
    argument["after"] = request.after.position;
  }
  argument["most"] = request.messages_max;
  return *Question::make(replay_question_name, argument.dump());
}

std::expected<ReplayRequest, std::string> replay_request(std::string_view argument) {
  if (argument.empty()) return ReplayRequest();
  const auto json = object_in(argument);
  if (!json) return std::unexpected(json.error());
  JsonFields fields(*json);
  ReplayRequest request;
  const auto name = fields.text("class");
  const auto log = fields.count("log", number_max);
  const auto after = fields.count("after", number_max);
  request.messages_max = fields.count("most", ReplayRequest::messages_limit).value_or(request.messages_max);
  if (fields.fault()) return std::unexpected(*fields.fault());
  if (auto unknown = fields.unknown()) return std::unexpected(*std::move(unknown));
  if (name) request.stream_class = stream_class_named(*name);
  if (name && !request.stream_class) return std::unexpected("'class' is none of control, tokens and bulk");
  if (log.has_value() != after.has_value()) return std::unexpected("'log' and 'after' need each other");
  if (after && !request.stream_class) return std::unexpected("'after' needs 'class'");
  if (after) request.after = {.log = *log, .position = *after, .stream_class = *request.stream_class};
  return request;
}

std::expected<std::string, Status> replay_answer(const Broadcaster& broadcaster, bool keeps,
                                                 std::string_view argument) {
  const auto request = replay_request(argument);
  if (!request) {
    return std::unexpected(
        Status::invalid_argument(fmt::format("the argument of '{}': {}", replay_question_name, request.error())));
  }
  if (!keeps) return std::unexpected(Status::not_found("this node keeps no messages: start it with --replay N"));
  const std::uint64_t log = broadcaster.log();
  const std::uint64_t after = request->after.log == log ? request->after.position : 0;
  std::size_t room = Question::answer_bytes_max - heading_bytes_max;
  std::size_t classes = class_of(*request) ? 1 : all_stream_classes.size();
  std::size_t left_out = 0;
  std::string rows;
  for (const StreamClass of : all_stream_classes) {
    if (!asks_for(*request, of)) continue;
    const auto kept = broadcaster.replay(of, after);
    const std::vector<std::string> newest = newest_rows(kept, room / classes--, request->messages_max);
    left_out += kept.size() - newest.size();
    for (const std::string& row : newest) {
      rows += rows.empty() ? "" : ",";
      rows += row;
      room -= row.size() + 1;
    }
  }
  const std::string gap = left_out > 0 ? fmt::format(R"("left_out":{},)", left_out) : "";
  return fmt::format(R"({{"log":{},{}"messages":[{}]}})", log, gap, rows);
}

std::expected<Replay, std::string> read_replay(std::string_view answer, const ReplayRequest& request) {
  const auto wrong = [](std::string_view why) { return std::unexpected(fmt::format("invalid replay: {}", why)); };
  if (answer.size() > Question::answer_bytes_max) return wrong(fmt::format("it has {} bytes", answer.size()));
  const auto json = object_in(answer);
  if (!json) return wrong(json.error());
  JsonFields fields(*json);
  Replay replay;
  replay.log = fields.count("log", number_max).value_or(0);
  replay.left_out = fields.count("left_out", number_max).value_or(0);
  if (fields.fault()) return wrong(*fields.fault());
  if (replay.log == 0) return wrong("it has no 'log'");
  const auto rows = json->find("messages");
  if (rows == json->end() || !rows->is_array()) return wrong("'messages' is not a list");
  for (const Json& row : *rows) {
    auto one = replayed_in(row, replay.log);
    if (!one) return wrong(fmt::format("message {}: {}", replay.messages.size() + 1, to_line(one.error())));
    if (auto fault = misplaced(*one, replay.messages, request)) {
      return wrong(fmt::format("message {}: {}", replay.messages.size() + 1, *fault));
    }
    replay.messages.push_back(*std::move(one));
  }
  return replay;
}

}  // namespace exocast
