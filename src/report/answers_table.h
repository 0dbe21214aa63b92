// SPDX-License-Identifier: Apache-2.0
#pragma once
// Answers for people: what was said, in front of it who said so, and a last line that says it all.
//
// Receivers that said the same share one entry, as ClusterShell's clush and dshbak do ("n[1-3,5]: 0.3.0"), so that what
// differs stands out. Pure functions, safe from any thread; whatever peers said is made safe to print.

#include <string>

#include "exocast/answers.h"

namespace exocast {

/// An entry for each different answer and each different reason why there is none, in the order of the receivers; then
/// the summary. "who: text"; a text of several lines goes below, indented. Nothing is cut. `colour`: ANSI colours for
/// the outcomes, for terminals only.
std::string to_table(const Answers& answers, bool colour = false);

/// The summary alone, without line end: "7/8 answered, 1 timed out in 1001.2 ms"; the epoch if the roster has one, and
/// the policy if it was not satisfied.
std::string to_summary(const Answers& answers);

}  // namespace exocast
