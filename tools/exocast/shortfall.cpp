// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/shortfall.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "report/fold_names.h"
#include "report/report_table.h"

namespace exocast {
namespace {

bool delivered(const PeerReport& peer) { return peer.outcome == PeerOutcome::delivered; }

bool finished(const PeerReport& peer) {
  return peer.outcome != PeerOutcome::cancelled && peer.outcome != PeerOutcome::not_started;
}

/// The names of those without `property`, folded.
template <class Property>
std::string names_without(const Report& report, Property property) {
  std::vector<std::string> names;
  for (const PeerReport& peer : report.outcomes) {
    if (!property(peer)) names.push_back(peer.peer);
  }
  return fold_names(names);
}

}  // namespace

std::string shortfall(const Report& report) {
  const auto got_it = static_cast<std::size_t>(std::ranges::count_if(report.outcomes, delivered));
  const std::size_t missing = report.receivers() - got_it;
  std::string text = report.policy == "all" ? fmt::format("{} of {} did not get it", missing, report.receivers())
                                            : fmt::format("{} of {} got it, for a policy of {}", got_it,
                                                          report.receivers(), report.policy);
  if (missing > 1) text += ": " + names_without(report, delivered);
  if (const PeerReport* first = report.first_error()) text += "; " + cause(*first);
  return text;
}

std::string unfinished(const Report& report) {
  const auto left = report.receivers() - static_cast<std::size_t>(std::ranges::count_if(report.outcomes, finished));
  if (left == 0) return "interrupted";
  return fmt::format("interrupted while {} of {} had not finished: {}", left, report.receivers(),
                     names_without(report, finished));
}

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
