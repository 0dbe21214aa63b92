// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "exocast/answers.h"
#include "report/fold_names.h"
#include "report/report_table.h"

namespace exocast {
namespace {

/// The answer, or the outcome and its reason.
std::string said(const PeerAnswer& answer) {
  if (answer.outcome == PeerOutcome::answered) return answer.text;
  std::string text = words(answer.outcome);
  const std::string reason = to_string(Status{answer.code, answer.error});
  if (!reason.empty()) text += ": " + reason;
  return to_line(text, std::string_view::npos);
}

std::vector<std::string> lines_of(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  std::vector<std::string> lines;
  while (true) {
    const std::size_t end = text.find('\n');
    lines.push_back(to_line(text.substr(0, end), std::string_view::npos));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

/// Peers with the same answer or outcome.
struct AnswerFold {
  const PeerAnswer* first;
  std::vector<std::string> names;
};

std::vector<AnswerFold> folds_of(const Answers& answers) {
  std::map<std::tuple<PeerOutcome, std::string_view, StatusCode, std::string_view>, std::size_t> places;
  std::vector<AnswerFold> folds;
  for (const PeerAnswer& answer : answers.outcomes) {
    const auto [at, is_new] =
        places.try_emplace({answer.outcome, answer.text, answer.code, answer.error}, folds.size());
    if (is_new) folds.push_back({&answer, {}});
    folds[at->second].names.push_back(answer.peer);
  }
  return folds;
}

}  // namespace

std::string to_table(const Answers& answers, bool colour) {
  std::string table;
  for (const AnswerFold& fold : folds_of(answers)) {
    const std::string who = to_line(fold_names(fold.names), std::string_view::npos);
    table += colour ? fmt::format("{}{}\x1B[0m:", colour_of(fold.first->outcome), who) : who + ':';
    const std::vector<std::string> lines = lines_of(said(*fold.first));
    const std::string_view before = lines.size() == 1 ? " " : "\n  ";
    for (const std::string& line : lines) table += fmt::format("{}{}", before, line);
    table += '\n';
  }
  return table + to_summary(answers) + '\n';
}

std::string to_summary(const Answers& answers) {
  const OutcomeCounts counts = answers.counts();
  std::string text = fmt::format("{}/{} ", counts[PeerOutcome::answered], answers.receivers());
  if (answers.roster_epoch != 0) text += fmt::format("of epoch {} ", answers.roster_epoch);
  text += "answered";
  for (const PeerOutcome outcome : PeerAnswer::all_outcomes) {
    if (outcome == PeerOutcome::answered || counts[outcome] == 0) continue;
    text += fmt::format(", {} {}", counts[outcome], words(outcome));
  }
  text += fmt::format(" in {:.1f} ms", answers.elapsed_ms);
  if (!answers.satisfied) text += fmt::format("; policy {} not satisfied", answers.policy);
  return to_line(text, std::string_view::npos);
}

}  // namespace exocast
