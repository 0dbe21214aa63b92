// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reports and answers from their JSON, as a node tells them over its control socket (docs/control.md). Pure; safe from
// any thread.

#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "exocast/answers.h"
#include "exocast/report.h"

namespace exocast {

/// The report whose to_json() is `heading` with the key "outcomes", of which `rows` are the entries. Nothing if that is
/// no report. Counts are not looked at: they follow from the rows.
std::optional<Report> report_from_json(const nlohmann::ordered_json& heading,
                                       const std::vector<nlohmann::ordered_json>& rows);

/// The answers whose to_json() without its rows is `heading`, and of which each of `rows` is an event "answer". Nothing
/// if that is none.
std::optional<Answers> answers_from_json(const nlohmann::ordered_json& heading,
                                         const std::vector<nlohmann::ordered_json>& rows);

}  // namespace exocast
