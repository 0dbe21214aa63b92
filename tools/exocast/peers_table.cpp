// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/peers_table.h"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/text_table.h"

namespace exocast {
namespace {

constexpr std::array<std::string_view, 5> states = {"healthy", "suspect", "gone", "left", "unknown"};

std::string_view colour_of(std::string_view state) {
  if (state == "healthy") return ansi_green;
  return state == "gone" ? ansi_red : ansi_yellow;
}

/// In one unit: "12 s", "3 min", "5 h", "2 d".
std::string age(std::optional<double> seconds) {
  if (!seconds) return "";
  if (*seconds < 120) return fmt::format("{:.0f} s", *seconds);
  if (*seconds < 2 * 3600) return fmt::format("{:.0f} min", *seconds / 60);
  if (*seconds < 48 * 3600) return fmt::format("{:.0f} h", *seconds / 3600);
  return fmt::format("{:.0f} d", *seconds / 86'400);
}

/// "3 peers: 2 healthy, 1 gone".
std::string summary(const std::vector<PeerRow>& rows) {
  std::vector<std::string> counts;
  for (const std::string_view state : states) {
    const auto count = std::ranges::count(rows, state, &PeerRow::state);
    if (count > 0) counts.push_back(fmt::format("{} {}", count, state));
  }
  return fmt::format("{} peer{}{}{}\n", rows.size(), rows.size() == 1 ? "" : "s", counts.empty() ? "" : ": ",
                     fmt::join(counts, ", "));
}

}  // namespace

std::string to_table(const std::vector<PeerRow>& rows, std::size_t width, bool coloured) {
  std::vector<TableRow> cells = {{{"peer"}, {"address"}, {"link"}, {"state"}, {"since"}, {"source"}, {""}}};
  for (const PeerRow& row : rows) {
    cells.push_back({{row.id},
                     {row.address},
                     {row.link},
                     {row.state, coloured ? colour_of(row.state) : ""},
                     {age(row.since_s)},
                     {row.source},
                     {row.error}});
  }
  return (rows.empty() ? "" : to_text_table(std::move(cells), width, 200)) + summary(rows);
}

}  // namespace exocast
