// SPDX-License-Identifier: Apache-2.0
#include "report/report_json.h"

#include <array>
#include <cstdint>
#include <utility>

#include "base/text.h"
#include "message/json_text.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

/// Static, since reports refer to these words.
constexpr std::array<std::string_view, 4> states = {"healthy", "slow", "stalled", "gone"};

Json to_json(const PeerReport& peer) {
  Json json{{"peer", to_utf8(peer.peer)},
            {"address", to_utf8(peer.address)},
            {"link", to_utf8(peer.link)},
            {"outcome", to_string(peer.outcome)},
            {"elapsed_ms", to_microseconds(peer.elapsed_ms)},
            {"code", to_string(peer.code)},
            {"error", to_utf8(peer.error)}};
  if (peer.stands_badly()) json.emplace("state", peer.state);
  return json;
}

PeerReport row_of(const Json& json) {
  const auto* state = std::ranges::find(states, json.value("state", ""));
  return {.peer = json.at("peer"),
          .address = json.at("address"),
          .link = json.at("link"),
          .outcome = outcome_of<PeerReport>(json),
          .elapsed_ms = json.at("elapsed_ms"),
          .code = status_code_of(json.at("code").get<std::string>()),
          .error = json.at("error"),
          .state = state != states.end() ? *state : std::string_view()};
}

/// A number or a bare word, such as a version's "1", is text.
Json content(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool may_be_json = first != std::string::npos && (text[first] == '{' || text[first] == '[');
  if (may_be_json && !json_fault(text)) return Json::parse(text);
  return to_utf8(text);
}

PeerAnswer answer_of(const Json& event) {
  return {.peer = event.at("peer"),
          .address = event.at("address"),
          .outcome = outcome_of<PeerAnswer>(event),
          .elapsed_ms = event.at("elapsed_ms"),
          .text = event.at("text"),
          .code = status_code_of(event.at("code").get<std::string>()),
          .error = event.at("error")};
}

/// `json`, which has the subject, with the keys that all reports have.
template <class Row>
Json with_report(Json json, const ReportOf<Row>& report, const char* rows_key) {
  const OutcomeCounts counted = report.counts();
  Json counts = Json::object();
  for (const PeerOutcome outcome : Row::all_outcomes) counts.emplace(to_string(outcome), counted[outcome]);
  Json rows = Json::array();
  for (const Row& row : report.outcomes) rows.push_back(to_json(row));
  if (report.roster_epoch != 0) json.emplace("roster_epoch", report.roster_epoch);
  json.update({{"receivers", report.receivers()},
               {"elapsed_ms", to_microseconds(report.elapsed_ms)},
               {"deadline_ms", report.deadline_ms ? Json(to_microseconds(*report.deadline_ms)) : Json()},
               {"policy", to_utf8(report.policy)},
               {"satisfied", report.satisfied},
               {"counts", std::move(counts)},
               {rows_key, std::move(rows)}});
  return json;
}

template <class Row>
ReportOf<Row> without_subject(const Json& heading, const std::vector<Json>& rows, Row (*read)(const Json&)) {
  ReportOf<Row> report{.roster_epoch = heading.value("roster_epoch", std::uint64_t{0}),
                       .elapsed_ms = heading.at("elapsed_ms"),
                       .policy = heading.at("policy"),
                       .satisfied = heading.at("satisfied")};
  if (const Json& deadline = heading.at("deadline_ms"); !deadline.is_null()) report.deadline_ms = deadline;
  for (const Json& row : rows) report.outcomes.push_back(read(row));
  return report;
}

}  // namespace

Json to_json(const Report& report) {
  const Json message = {{"kind", to_string(report.message_kind)}, {"bytes", report.message_bytes}};
  return with_report({{"broadcast_id", to_utf8(report.broadcast_id)}, {"message", message}}, report, "outcomes");
}

std::optional<Report> report_from_json(const Json& heading, const std::vector<Json>& rows) {
  try {
    Report report = without_subject(heading, rows, row_of);
    report.broadcast_id = heading.at("broadcast_id");
    const Json& message = heading.at("message");
    const auto kind = message_kind_of(message.at("kind").get<std::string>());
    if (!kind) return std::nullopt;
    report.message_kind = *kind;
    report.message_bytes = message.at("bytes");
    return report;
  } catch (const Json::exception&) {  // a missing key, or a value of another type
    return std::nullopt;
  }
}

Json to_json(const PeerAnswer& answer) {
  return {{"peer", to_utf8(answer.peer)},
          {"address", to_utf8(answer.address)},
          {"outcome", to_string(answer.outcome)},
          {"elapsed_ms", to_microseconds(answer.elapsed_ms)},
          {"answer", answer.outcome == PeerOutcome::answered ? content(answer.text) : Json()},
          {"code", to_string(answer.code)},
          {"error", to_utf8(answer.error)}};
}

Json to_json(const Answers& answers) {
  return with_report({{"question", to_utf8(answers.question)}}, answers, "answers");
}

Json to_event(const PeerAnswer& answer) {
  return {{"event", "answer"},
          {"peer", to_utf8(answer.peer)},
          {"address", to_utf8(answer.address)},
          {"outcome", to_string(answer.outcome)},
          {"elapsed_ms", answer.elapsed_ms},
          {"text", to_utf8(answer.text)},
          {"code", to_string(answer.code)},
          {"error", to_utf8(answer.error)}};
}

std::optional<Answers> answers_from_json(const Json& heading, const std::vector<Json>& rows) {
  try {
    Answers answers = without_subject(heading, rows, answer_of);
    answers.question = heading.at("question");
    return answers;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

}  // namespace exocast
