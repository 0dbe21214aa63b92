// SPDX-License-Identifier: Apache-2.0
#include "report/report_json.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

/// Reports refer to these words; they must outlive them.
constexpr std::array<std::string_view, 4> states = {"healthy", "slow", "stalled", "gone"};

/// The one of `outcomes` that is called `word`.
template <class Outcomes>
auto outcome_of(const Outcomes& outcomes, const std::string& word) {
  const auto* found = std::ranges::find(outcomes, word, [](auto one) { return to_string(one); });
  if (found == outcomes.end()) throw Json::other_error::create(501, "no outcome: " + word, nullptr);
  return *found;
}

PeerReport row_of(const Json& json) {
  const auto* state = std::ranges::find(states, json.value("state", ""));
  return {.peer = json.at("peer"),
          .address = json.at("address"),
          .link = json.at("link"),
          .outcome = outcome_of(all_outcomes, json.at("outcome")),
          .elapsed_ms = json.at("elapsed_ms"),
          .code = status_code_of(json.at("code").get<std::string>()),
          .error = json.at("error"),
          .state = state != states.end() ? *state : std::string_view()};
}

Report report_of(const Json& heading, const std::vector<Json>& rows) {
  Report report{
      .broadcast_id = heading.at("broadcast_id"),
      .roster_epoch = heading.value("roster_epoch", std::uint64_t{0}),
      .message_kind = heading.at("message").at("kind") == "tokens" ? MessageKind::tokens : MessageKind::status,
      .message_bytes = heading.at("message").at("bytes"),
      .elapsed_ms = heading.at("elapsed_ms"),
      .policy = heading.at("policy"),
      .satisfied = heading.at("satisfied")};
  if (const Json& deadline = heading.at("deadline_ms"); !deadline.is_null()) report.deadline_ms = deadline;
  for (const Json& row : rows) report.outcomes.push_back(row_of(row));
  return report;
}

PeerAnswer answer_of(const Json& json) {
  return {.peer = json.at("peer"),
          .address = json.at("address"),
          .outcome = outcome_of(all_answer_outcomes, json.at("outcome")),
          .elapsed_ms = json.at("elapsed_ms"),
          .text = json.at("text"),
          .code = status_code_of(json.at("code").get<std::string>()),
          .error = json.at("error")};
}

Answers answers_of(const Json& heading, const std::vector<Json>& rows) {
  Answers answers{.question = heading.at("question"),
                  .roster_epoch = heading.value("roster_epoch", std::uint64_t{0}),
                  .elapsed_ms = heading.at("elapsed_ms"),
                  .policy = heading.at("policy"),
                  .satisfied = heading.at("satisfied")};
  if (const Json& deadline = heading.at("deadline_ms"); !deadline.is_null()) answers.deadline_ms = deadline;
  for (const Json& row : rows) answers.answers.push_back(answer_of(row));
  return answers;
}

}  // namespace

std::optional<Answers> answers_from_json(const Json& heading, const std::vector<Json>& rows) {
  try {
    return answers_of(heading, rows);
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::optional<Report> report_from_json(const Json& heading, const std::vector<Json>& rows) {
  try {
    return report_of(heading, rows);
  } catch (const Json::exception&) {  // a key that is missing, or a value of another type
    return std::nullopt;
  }
}

}  // namespace exocast
