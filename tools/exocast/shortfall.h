// SPDX-License-Identifier: Apache-2.0
#pragma once
// The receivers that did not get a broadcast, or did not answer, and why, in one line for standard error. Pure
// functions, safe from any thread.

#include <string>

#include "exocast/answers.h"
#include "exocast/report.h"

namespace exocast {

/// For an unsatisfied policy: "2 of 8 did not get it: n[2-3]; n2 (10.0.0.2:50051): UNAVAILABLE: …". For a quorum: "1 of
/// 3 got it, for a policy of quorum 2; …".
std::string shortfall(const Report& report);

/// For an interrupted broadcast: "interrupted while 2 of 8 had not finished: n[2-3]".
std::string unfinished(const Report& report);

/// For a question: "2 of 8 did not answer: n[2-3]; n2 (10.0.0.2:50051): UNAVAILABLE: …".
std::string shortfall(const Answers& answers);

}  // namespace exocast
