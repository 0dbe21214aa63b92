// SPDX-License-Identifier: Apache-2.0
#include "exocast/answers.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "message/json_text.h"
#include "base/text.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

double to_microseconds(double ms) { return std::round(ms * 1000) / 1000; }

/// A number or a word alone, such as a version's "1", is text.
Json content(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool may_be_json = first != std::string::npos && (text[first] == '{' || text[first] == '[');
  if (may_be_json && !json_fault(text)) return Json::parse(text);
  return to_utf8(text);
}

}  // namespace

std::string_view to_string(AnswerOutcome outcome) noexcept {
  switch (outcome) {
    case AnswerOutcome::answered:
      return "answered";
    case AnswerOutcome::failed:
      return "failed";
    case AnswerOutcome::timed_out:
      return "timed_out";
    case AnswerOutcome::cancelled:
      return "cancelled";
    case AnswerOutcome::not_started:
      return "not_started";
    case AnswerOutcome::skipped:
      return "skipped";
  }
  std::unreachable();
}

std::size_t Answers::count(AnswerOutcome outcome) const {
  return static_cast<std::size_t>(std::ranges::count(answers, outcome, &PeerAnswer::outcome));
}

Json to_json(const PeerAnswer& answer) {
  return {{"peer", to_utf8(answer.peer)},
          {"address", to_utf8(answer.address)},
          {"outcome", to_string(answer.outcome)},
          {"elapsed_ms", to_microseconds(answer.elapsed_ms)},
          {"answer", answer.outcome == AnswerOutcome::answered ? content(answer.text) : Json()},
          {"code", to_string(answer.code)},
          {"error", to_utf8(answer.error)}};
}

Json to_json(const Answers& answers) {
  Json counts = Json::object();
  for (const AnswerOutcome outcome : all_answer_outcomes) counts.emplace(to_string(outcome), answers.count(outcome));
  Json rows = Json::array();
  for (const PeerAnswer& answer : answers.answers) rows.push_back(to_json(answer));
  Json json{{"question", to_utf8(answers.question)}};
  if (answers.roster_epoch != 0) json.emplace("roster_epoch", answers.roster_epoch);
  json.update({{"receivers", answers.receivers()},
               {"elapsed_ms", to_microseconds(answers.elapsed_ms)},
               {"deadline_ms", answers.deadline_ms ? Json(to_microseconds(*answers.deadline_ms)) : Json()},
               {"policy", to_utf8(answers.policy)},
               {"satisfied", answers.satisfied},
               {"counts", std::move(counts)},
               {"answers", std::move(rows)}});
  return json;
}

}  // namespace exocast
