// SPDX-License-Identifier: Apache-2.0
#include "report/report_table.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "report/fold_names.h"
#include "report/text_table.h"

namespace exocast {
namespace {

/// The reason; for a peer that is not healthy, its state comes first.
std::string reason(const PeerReport& peer) {
  const std::string state = peer.stands_badly() ? fmt::format("({}) ", peer.state) : "";
  return state + to_string(Status{peer.code, peer.error});
}

TableCell outcome_cell(PeerOutcome outcome, const TableStyle& style) {
  return {words(outcome), style.colour ? colour_of(outcome) : ""};
}

std::vector<TableRow> plain_rows(const Report& report, const TableStyle& style) {
  std::vector<TableRow> rows = {{{"peer"}, {"address"}, {"link"}, {"outcome"}, {"ms"}, {"reason"}}};
  for (const PeerReport& peer : report.outcomes) {
    rows.push_back({{peer.peer},
                    {peer.address},
                    {peer.link},
                    outcome_cell(peer.outcome, style),
                    {fmt::format("{:.1f}", peer.elapsed_ms)},
                    {reason(peer)}});
  }
  return rows;
}

/// "2.0-20.4", or one number if they print the same.
std::string range_text(double least_ms, double most_ms) {
  const std::string least = fmt::format("{:.1f}", least_ms);
  const std::string most = fmt::format("{:.1f}", most_ms);
  return least == most ? least : least + '-' + most;
}

/// Receivers that differ only in name, address and time.
struct ReportFold {
  const PeerReport* first;
  std::vector<std::string> names;
  double least_ms;
  double most_ms;
};

std::vector<TableRow> folded_rows(const Report& report, const TableStyle& style) {
  std::map<std::tuple<PeerOutcome, std::string_view, StatusCode, std::string_view, std::string_view>, std::size_t>
      places;
  std::vector<ReportFold> folds;
  for (const PeerReport& peer : report.outcomes) {
    const auto [at, is_new] =
        places.try_emplace({peer.outcome, peer.link, peer.code, peer.error, peer.state}, folds.size());
    if (is_new) folds.push_back({&peer, {}, peer.elapsed_ms, peer.elapsed_ms});
    ReportFold& fold = folds[at->second];
    fold.names.push_back(peer.peer);
    fold.least_ms = std::min(fold.least_ms, peer.elapsed_ms);
    fold.most_ms = std::max(fold.most_ms, peer.elapsed_ms);
  }
  std::vector<TableRow> rows = {{{"peers"}, {"count"}, {"link"}, {"outcome"}, {"ms"}, {"reason"}}};
  for (const ReportFold& fold : folds) {
    const PeerReport& first = *fold.first;
    rows.push_back({{fold_names(fold.names)},
                    {fmt::format("{}", fold.names.size())},
                    {first.link},
                    outcome_cell(first.outcome, style),
                    {range_text(fold.least_ms, fold.most_ms)},
                    {reason(first)}});
  }
  return rows;
}

}  // namespace

std::string words(PeerOutcome outcome) {
  std::string text(to_string(outcome));
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string_view colour_of(PeerOutcome outcome) {
  switch (outcome) {
    case PeerOutcome::delivered:
    case PeerOutcome::answered:
      return ansi_green;
    case PeerOutcome::failed:
    case PeerOutcome::timed_out:
    case PeerOutcome::too_large:
      return ansi_red;
    default:
      return ansi_yellow;  // not an error of the peer
  }
}

std::string to_table(const Report& report, const TableStyle& style) {
  if (report.outcomes.empty()) return to_summary(report) + '\n';
  const bool fold = report.receivers() > style.fold_over;
  std::vector<TableRow> rows = fold ? folded_rows(report, style) : plain_rows(report, style);
  if (report.roster_epoch != 0) rows.front().front().text += fmt::format(" of epoch {}", report.roster_epoch);
  return to_text_table(std::move(rows), style.width) + to_summary(report) + '\n';
}

std::string to_summary(const Report& report) {
  const OutcomeCounts counts = report.counts();
  std::string text = fmt::format("{}/{} delivered", counts[PeerOutcome::delivered], report.receivers());
  for (const PeerOutcome outcome : PeerReport::all_outcomes) {
    if (outcome == PeerOutcome::delivered || counts[outcome] == 0) continue;
    text += fmt::format(", {} {}", counts[outcome], words(outcome));
  }
  text += fmt::format(" in {:.1f} ms", report.elapsed_ms);
  if (!report.satisfied) text += fmt::format("; policy {} not satisfied", report.policy);
  if (const PeerReport* error = report.first_error()) {
    const std::string why = reason(*error);
    text += fmt::format("; first error: {}: {}", error->peer, why.empty() ? words(error->outcome) : to_line(why));
  }
  return to_line(text, std::string::npos);
}

}  // namespace exocast
