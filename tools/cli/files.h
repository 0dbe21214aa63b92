// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads and writes text files and standard output; errors contain the system's message. Blocking; safe from any thread.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace exocast {

/// The content of the file at `path`. A file of more than `bytes_max` bytes is refused, unread if its size is known.
/// The error is one printable line that names the file.
std::expected<std::string, std::string> read_file(const std::string& path, std::size_t bytes_max);

/// Replaces the content of the file at `path` with `text`. Readers see the old or the new content, never a part: it is
/// written to `path` + ".new", which is then renamed. The error is one printable line that names the file.
std::expected<void, std::string> replace_file(const std::string& path, std::string_view text);

/// Writes `text` to standard output at once. The error is one printable line.
std::expected<void, std::string> print(std::string_view text);

}  // namespace exocast
