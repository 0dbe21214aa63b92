// SPDX-License-Identifier: Apache-2.0
#include "exocast/message/report_table.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "exocast/message/fold_names.h"
#include "exocast/message/text.h"

namespace exocast {
namespace {

constexpr std::string_view gap = "  ";
constexpr std::size_t max_cell_columns = 48;  // so that a long list of peers leaves room for the reason
constexpr std::size_t outcome_column = 3;

using Cells = std::array<std::string, 6>;

struct Row {
  Cells cells;
  DeliveryOutcome outcome = DeliveryOutcome::delivered;
};

/// The outcome's word with spaces: "timed out".
std::string words(DeliveryOutcome outcome) {
  std::string text(to_string(outcome));
  std::ranges::replace(text, '_', ' ');
  return text;
}

/// Of a peer that does not stand well, that comes first.
std::string reason(const PeerReport& peer) {
  const std::string_view between = peer.code.empty() || peer.error.empty() ? "" : ": ";
  const std::string state = peer.stands_badly() ? fmt::format("({}) ", peer.state) : "";
  return fmt::format("{}{}{}{}", state, peer.code, between, peer.error);
}

std::string_view colour_of(DeliveryOutcome outcome) {
  switch (outcome) {
    case DeliveryOutcome::delivered:
      return "\x1B[32m";  // green
    case DeliveryOutcome::failed:
    case DeliveryOutcome::timed_out:
    case DeliveryOutcome::too_large:
      return "\x1B[31m";  // red
    default:
      return "\x1B[33m";  // yellow: nobody's fault
  }
}

std::vector<Row> plain_rows(const Report& report) {
  std::vector<Row> rows;
  rows.reserve(report.receivers());
  for (const PeerReport& peer : report.outcomes) {
    rows.push_back({{peer.peer, peer.address, peer.link, words(peer.outcome), fmt::format("{:.1f}", peer.elapsed_ms),
                     reason(peer)},
                    peer.outcome});
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
struct Fold {
  const PeerReport* first;
  std::vector<std::string> names;
  double least_ms;
  double most_ms;
};

std::vector<Row> folded_rows(const Report& report) {
  std::map<std::tuple<DeliveryOutcome, std::string_view, std::string_view, std::string_view, std::string_view>,
           std::size_t>
      places;
  std::vector<Fold> folds;
  for (const PeerReport& peer : report.outcomes) {
    const auto [at, is_new] =
        places.try_emplace({peer.outcome, peer.link, peer.code, peer.error, peer.state}, folds.size());
    if (is_new) folds.push_back({&peer, {}, peer.elapsed_ms, peer.elapsed_ms});
    Fold& fold = folds[at->second];
    fold.names.push_back(peer.peer);
    fold.least_ms = std::min(fold.least_ms, peer.elapsed_ms);
    fold.most_ms = std::max(fold.most_ms, peer.elapsed_ms);
  }
  std::vector<Row> rows;
  rows.reserve(folds.size());
  for (const Fold& fold : folds) {
    const PeerReport& first = *fold.first;
    rows.push_back({{fold_names(fold.names), fmt::format("{}", fold.names.size()), first.link, words(first.outcome),
                     range_text(fold.least_ms, fold.most_ms), reason(first)},
                    first.outcome});
  }
  return rows;
}

/// The row with its cells padded to `widths` columns, cut to the table's width, without trailing spaces.
std::string line_of(const Cells& cells, const std::array<std::size_t, 6>& widths, std::size_t room,
                    std::string_view outcome_colour) {
  std::string line;
  std::string_view separator;
  for (std::size_t i = 0; i < cells.size() && room > separator.size(); ++i) {
    room -= separator.size();
    const std::string text = to_line(cells[i], room);
    const std::size_t used = columns(text);
    const std::size_t padding = std::min(widths[i], room) - used;
    line += separator;
    const bool coloured = i == outcome_column && !outcome_colour.empty();
    line += coloured ? fmt::format("{}{}\x1B[0m", outcome_colour, text) : text;
    line.append(padding, ' ');
    room -= used + padding;
    separator = gap;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

}  // namespace

std::string to_table(const Report& report, const TableStyle& style) {
  const bool fold = report.receivers() > style.fold_over;
  std::vector<Row> rows = fold ? folded_rows(report) : plain_rows(report);
  const std::string epoch = report.roster_epoch == 0 ? "" : fmt::format(" of epoch {}", report.roster_epoch);
  const Cells heading = {
      (fold ? "peers" : "peer") + epoch, fold ? "count" : "address", "link", "outcome", "ms", "reason"};

  std::array<std::size_t, 6> widths{};
  std::ranges::transform(heading, widths.begin(), columns);
  for (Row& row : rows) {
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const bool is_last = i + 1 == row.cells.size();
      row.cells[i] = to_line(row.cells[i], is_last ? std::string_view::npos : max_cell_columns);
      widths[i] = std::max(widths[i], columns(row.cells[i]));
    }
  }

  const std::size_t room = style.width == 0 ? std::string::npos : style.width;
  std::string table = rows.empty() ? "" : line_of(heading, widths, room, "");
  for (const Row& row : rows) table += line_of(row.cells, widths, room, style.colour ? colour_of(row.outcome) : "");
  return table + to_summary(report) + '\n';
}

std::string to_summary(const Report& report) {
  const OutcomeCounts counts = report.counts();
  std::string text = fmt::format("{}/{} delivered", counts[DeliveryOutcome::delivered], report.receivers());
  for (const DeliveryOutcome outcome : all_outcomes) {
    if (outcome == DeliveryOutcome::delivered || counts[outcome] == 0) continue;
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
