// SPDX-License-Identifier: Apache-2.0
#pragma once
// A report from its JSON, as a node tells it over its control socket. Pure; safe from any thread.

#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "exocast/message/report.h"

namespace exocast {

/// The report whose to_json() is `heading` with the key "outcomes", of which `rows` are the entries. Nothing if that is
/// no report. Counts are not looked at: they follow from the rows.
std::optional<Report> report_from_json(const nlohmann::ordered_json& heading,
                                       const std::vector<nlohmann::ordered_json>& rows);

}  // namespace exocast
