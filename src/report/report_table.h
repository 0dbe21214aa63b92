// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words, colours and reasons that all report tables share. Pure functions, safe from any thread. Text from peers
// is not sanitised here.

#include <string>
#include <string_view>

#include "exocast/report.h"

namespace exocast {

/// The outcome's word with spaces: "timed out".
std::string words(PeerOutcome outcome);

/// Why a row has its outcome: "n3 (10.0.0.3:50051): UNAVAILABLE: no route"; the outcome if there is no reason.
template <class Row>
std::string cause(const Row& row) {
  const std::string reason = to_string(Status{row.code, row.error});
  return row.peer + " (" + row.address + "): " + (reason.empty() ? words(row.outcome) : reason);
}

/// The ANSI sequence of the outcome's colour.
std::string_view colour_of(PeerOutcome outcome);

}  // namespace exocast
