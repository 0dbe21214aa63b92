// SPDX-License-Identifier: Apache-2.0
#pragma once
// A table for a terminal: cells in aligned columns, with text from peers made safe to print.
// A pure function, safe from any thread.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace exocast {

inline constexpr std::string_view ansi_green = "\x1B[32m";
inline constexpr std::string_view ansi_yellow = "\x1B[33m";
inline constexpr std::string_view ansi_red = "\x1B[31m";

struct TableCell {
  std::string text;
  std::string_view colour = {};  ///< such as ansi_red; "" for none
};
using TableRow = std::vector<TableCell>;

/// Prints `rows`, including the heading, one per line with its line end. Cells are made safe to print; columns are as
/// wide as their widest cell and two spaces apart; lines have no trailing spaces. All rows have the same number of
/// cells. Cells longer than `cell_columns_max` are cut with "…", except those of the last column; so are lines longer
/// than `width`, unless it is 0. The default leaves room for a reason after a long list of peers.
std::string to_text_table(std::vector<TableRow> rows, std::size_t width = 0, std::size_t cell_columns_max = 48);

}  // namespace exocast
