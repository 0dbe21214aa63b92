// SPDX-License-Identifier: Apache-2.0
#pragma once
// Text from and to files, and to standard output, with the system's word for what goes wrong. Blocking; safe from any
// thread.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace exocast {

/// All of the file at `path`. One of more than `bytes_max` bytes is refused, before it is read if its size is known.
/// The error is one printable line that names the file.
std::expected<std::string, std::string> read_file(const std::string& path, std::size_t bytes_max);

/// Makes `text` the content of the file at `path`: whoever reads it sees the old one or the new one, never a part. It
/// is written to a file beside it, `path` and ".new", which takes its place. The error is one printable line that names
/// the file.
std::expected<void, std::string> replace_file(const std::string& path, std::string_view text);

/// `text` to standard output, at once. The error is one printable line.
std::expected<void, std::string> print(std::string_view text);

}  // namespace exocast
