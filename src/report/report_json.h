// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes and reads reports and answers as a node sends them over its control socket (docs/control.md). Their JSON for
// people is in exocast/report.h and exocast/answers.h. Pure; safe from any thread.

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "exocast/answers.h"
#include "exocast/report.h"

namespace exocast {

/// The report whose to_json() is `heading` with `rows` as the entries of "outcomes". Nothing if that is not a valid
/// report. Ignores the counts: they follow from the rows.
std::optional<Report> report_from_json(const nlohmann::ordered_json& heading,
                                       const std::vector<nlohmann::ordered_json>& rows);

/// The event "answer": the keys event, peer, address, outcome, elapsed_ms, text, code, error. `text` is the answer as
/// received; to_json() would convert it to JSON.
nlohmann::ordered_json to_event(const PeerAnswer& answer);

/// The answers whose to_json() without its rows is `heading`, and whose rows have the to_event() in `rows`. Nothing if
/// that is not valid.
std::optional<Answers> answers_from_json(const nlohmann::ordered_json& heading,
                                         const std::vector<nlohmann::ordered_json>& rows);

/// A time as JSON prints it.
inline double to_microseconds(double ms) { return std::round(ms * 1000) / 1000; }

/// The outcome of a row of type `Row` in its JSON. Throws Json::exception if there is none.
template <class Row>
PeerOutcome outcome_of(const nlohmann::ordered_json& row) {
  const std::string word = row.at("outcome");
  const auto* found = std::ranges::find(Row::all_outcomes, word, [](PeerOutcome one) { return to_string(one); });
  if (found == Row::all_outcomes.end()) {
    throw nlohmann::ordered_json::other_error::create(501, "no outcome: " + word, nullptr);
  }
  return *found;
}

}  // namespace exocast
