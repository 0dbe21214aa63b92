// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "report/fold_names.h"
#include "report/report_table.h"
#include "tools/exocast/ask/ask.h"

namespace exocast {

std::string shortfall(const Answers& answers) {
  std::vector<std::string> names;
  const PeerAnswer* first = nullptr;
  for (const PeerAnswer& answer : answers.outcomes) {
    if (answer.outcome == PeerOutcome::answered) continue;
    names.push_back(answer.peer);
    if (first == nullptr) first = &answer;
  }
  if (first == nullptr) return fmt::format("the policy {} was not satisfied", answers.policy);
  std::string text = fmt::format("{} of {} did not answer", names.size(), answers.receivers());
  if (names.size() > 1) text += ": " + fold_names(names);
  return text + "; " + cause(*first);
}

}  // namespace exocast
