// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/table.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace exocast {
namespace {

constexpr std::string_view gap = "  ";

std::vector<std::size_t> widths_of(const std::vector<std::vector<Cell>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(to_line(row[i].text)));
  }
  return widths;
}

std::string line_of(const std::vector<Cell>& row, const std::vector<std::size_t>& widths, std::size_t room,
                    bool coloured) {
  std::string line;
  std::string_view separator;
  for (std::size_t i = 0; i < row.size() && room > separator.size(); ++i) {
    room -= separator.size();
    const std::string text = to_line(row[i].text, std::min<std::size_t>(room, 200));
    const std::size_t used = columns(text);
    line += separator;
    line += coloured && !row[i].colour.empty() ? fmt::format("{}{}\x1B[0m", row[i].colour, text) : text;
    const std::size_t padding = std::min(widths[i], room) - used;
    if (i + 1 < row.size()) line.append(padding, ' ');
    room -= used + padding;
    separator = gap;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

}  // namespace

std::string table_of(const std::vector<std::vector<Cell>>& rows, std::size_t width, bool coloured) {
  const std::vector<std::size_t> widths = widths_of(rows);
  std::string table;
  for (const auto& row : rows) table += line_of(row, widths, width == 0 ? std::string::npos : width, coloured);
  return table;
}

}  // namespace exocast
