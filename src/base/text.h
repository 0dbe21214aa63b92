// SPDX-License-Identifier: Apache-2.0
#pragma once
// Untrusted text: checked, repaired and shortened before it reaches a message, a report or a terminal.
//
// Peers, files and command lines contain arbitrary bytes. protobuf and JSON require UTF-8, and a terminal executes
// escape sequences, so all text from outside goes through these functions first. Pure functions, safe from any thread.

#include <cstddef>
#include <string>
#include <string_view>

namespace exocast {

/// True if `bytes` is well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view bytes) noexcept;

/// How many of `bytes`, from the first on, are well-formed UTF-8.
std::size_t utf8_prefix_bytes(std::string_view bytes) noexcept;

/// `bytes` with every byte that is not part of well-formed UTF-8 replaced by U+FFFD.
std::string to_utf8(std::string_view bytes);

/// `bytes` as one line that is safe to print: repaired as by to_utf8, with spaces for control characters (C0, DEL, C1)
/// and line separators. A line longer than `max_columns` code points is cut, with "…" as its last one.
std::string to_line(std::string_view bytes, std::size_t max_columns = 200);

/// `text`, cut between two characters if it has more than `bytes_max` bytes.
std::string_view cut(std::string_view text, std::size_t bytes_max) noexcept;

/// What an error quotes of an id or an address that came from outside is cut to this.
inline constexpr std::size_t max_quoted_columns = 80;

/// Columns that `text` takes on a terminal, counted as code points (combining and double-width characters count 1).
std::size_t columns(std::string_view text) noexcept;

}  // namespace exocast
