// SPDX-License-Identifier: Apache-2.0
#pragma once
// A report for people: one row per receiver and a last line that says it all, next to the prompt.
//
// With many receivers, those with the same outcome, link and reason share a row ("n[1-97,99]"), so that a thousand
// receivers take a few lines and the odd ones stand out.
// Pure functions, safe from any thread; whatever peers said is made safe to print.

#include <cstddef>
#include <string>
#include <string_view>

#include "exocast/report.h"

namespace exocast {

/// The outcome's word with spaces: "timed out".
std::string words(PeerOutcome outcome);

/// Why a row ended as it did: "n3 (10.0.0.3:50051): UNAVAILABLE: no route"; the outcome if no reason is known.
template <class Row>
std::string cause(const Row& row) {
  const std::string reason = to_string(Status{row.code, row.error});
  return row.peer + " (" + row.address + "): " + (reason.empty() ? words(row.outcome) : reason);
}

/// The ANSI sequence of the outcome's colour.
std::string_view colour_of(PeerOutcome outcome);

struct TableStyle {
  bool colour = false;         ///< ANSI colours for the outcomes; for terminals only
  std::size_t width = 0;       ///< columns of the terminal: longer rows are cut with "…"; 0: never cut
  std::size_t fold_over = 20;  ///< with more receivers than this, equal rows are folded
};

/// The table with its heading and summary, each line ended by a newline. The summary is never cut.
std::string to_table(const Report& report, const TableStyle& style = {});

/// The summary line alone, without line end: "7/8 delivered, 1 timed out in 1001.2 ms; first error: n3: …", and what
/// the policy was if it was not satisfied.
std::string to_summary(const Report& report);

}  // namespace exocast
