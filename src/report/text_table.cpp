// SPDX-License-Identifier: Apache-2.0
#include "report/text_table.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace exocast {
namespace {

constexpr std::string_view gap = "  ";

std::string line_of(const TableRow& cells, const std::vector<std::size_t>& widths, std::size_t room) {
  std::string line;
  std::string_view separator;
  for (std::size_t i = 0; i < cells.size() && room > separator.size(); ++i) {
    room -= separator.size();
    const std::string text = to_line(cells[i].text, room);
    const std::size_t used = columns(text);
    const std::size_t padding = std::min(widths[i], room) - used;
    line += separator;
    line += cells[i].colour.empty() ? text : fmt::format("{}{}\x1B[0m", cells[i].colour, text);
    line.append(padding, ' ');
    room -= used + padding;
    separator = gap;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

}  // namespace

std::string to_text_table(std::vector<TableRow> rows, std::size_t width, std::size_t cell_columns_max) {
  if (rows.empty()) return {};
  std::vector<std::size_t> widths(rows.front().size());
  for (TableRow& cells : rows) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const bool is_last = i + 1 == cells.size();
      cells[i].text = to_line(cells[i].text, is_last ? std::string_view::npos : cell_columns_max);
      widths[i] = std::max(widths[i], columns(cells[i].text));
    }
  }
  std::string table;
  for (const TableRow& cells : rows) table += line_of(cells, widths, width == 0 ? std::string::npos : width);
  return table;
}

}  // namespace exocast
