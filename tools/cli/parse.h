// SPDX-License-Identifier: Apache-2.0
#pragma once
// Parsers for command line values: durations, counts and lists of tokens.
//
// Each parser accepts exactly the documented syntax, white space and signs included. Errors are one printable line that
// quotes the text. Pure functions, safe from any thread.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "exocast/gather/deadline.h"

namespace exocast {

/// A number with a unit: "500ms", "15s", "1.5s", "2m", "1h". At most `duration_max`.
std::expected<Duration, std::string> parse_duration(std::string_view text);
inline constexpr Duration duration_max = std::chrono::hours(24);

/// A decimal number from `lowest` to `highest`.
std::expected<std::size_t, std::string> parse_count(std::string_view text, std::size_t lowest, std::size_t highest);

/// Tokens between commas: "1,2,3". White space may surround each, and "" is no tokens. Tokens are int32 on the wire;
/// other numbers are out of range.
std::expected<std::vector<std::int32_t>, std::string> parse_tokens(std::string_view text);

}  // namespace exocast
