// SPDX-License-Identifier: Apache-2.0
#pragma once
// A table for people: cells in columns as wide as they need, cut to the width of a terminal. Pure; safe from any
// thread.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace exocast {

/// What is in a cell, and the ANSI sequence that colours it, "" for none.
struct Cell {
  std::string text{};
  std::string_view colour{};
};

inline constexpr std::string_view ansi_green = "\x1B[32m";
inline constexpr std::string_view ansi_yellow = "\x1B[33m";
inline constexpr std::string_view ansi_red = "\x1B[31m";

/// `rows`, all with as many cells, each as a line that is safe to print and at most `width` columns long (0: any); what
/// is cut ends with "…". Colours are left out unless `coloured`.
std::string table_of(const std::vector<std::vector<Cell>>& rows, std::size_t width, bool coloured);

}  // namespace exocast
