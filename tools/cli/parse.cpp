// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/parse.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "base/text.h"

namespace exocast {
namespace {

constexpr std::size_t quoted_columns = 40;

std::string quoted(std::string_view text) { return fmt::format("'{}'", to_line(text, quoted_columns)); }

struct DurationUnit {
  std::string_view name;
  double ns;
};
constexpr std::array units = {DurationUnit{"ms", 1e6}, DurationUnit{"s", 1e9}, DurationUnit{"m", 60e9},
                              DurationUnit{"h", 3600e9}};

/// Digits, with or without a fraction after a dot; no sign, no exponent.
std::optional<double> parse_decimal(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  if (digits.front() == '.' || digits.back() == '.') return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view white = " \t\r\n";
  const auto first = text.find_first_not_of(white);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

std::expected<std::int32_t, std::string> parse_token(std::string_view text) {
  using Range = std::numeric_limits<std::int32_t>;
  std::int32_t token = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), token);
  if (error == std::errc::result_out_of_range) {
    return std::unexpected(fmt::format("token {} is not in {}..{}", quoted(text), Range::min(), Range::max()));
  }
  if (error != std::errc() || end != text.data() + text.size()) {
    return std::unexpected(
        fmt::format("{} is not a token: they are whole numbers between commas, as in 1,2,3", quoted(text)));
  }
  return token;
}

}  // namespace

std::expected<Duration, std::string> parse_duration(std::string_view text) {
  const auto unit_at = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = parse_decimal(text.substr(0, unit_at));
  for (const DurationUnit& unit : units) {
    if (!number || text.substr(unit_at) != unit.name) continue;
    const double ns = *number * unit.ns;
    if (ns > static_cast<double>(std::chrono::nanoseconds(duration_max).count())) {
      return std::unexpected(fmt::format("{} is longer than 24h", quoted(text)));
    }
    return std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(std::llround(ns)));
  }
  return std::unexpected(fmt::format("{} is not a duration, such as 500ms, 15s or 2m", quoted(text)));
}

std::expected<std::size_t, std::string> parse_count(std::string_view text, std::size_t lowest, std::size_t highest) {
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const bool whole = end == text.data() + text.size();
  if (error != std::errc() || !whole || count < lowest || count > highest) {
    return std::unexpected(fmt::format("{} is not a number in {}..{}", quoted(text), lowest, highest));
  }
  return count;
}

std::expected<std::vector<std::int32_t>, std::string> parse_tokens(std::string_view text) {
  std::vector<std::int32_t> tokens;
  if (trimmed(text).empty()) return tokens;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    const auto token = parse_token(trimmed(text.substr(begin, end - begin)));
    if (!token) return std::unexpected(token.error());
    tokens.push_back(*token);
    begin = end + 1;
  }
  return tokens;
}

}  // namespace exocast
