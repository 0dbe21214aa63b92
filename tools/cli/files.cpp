// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fmt/format.h>

#include "base/text.h"

namespace exocast {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20;

std::string last_error() { return std::generic_category().message(errno); }

std::string too_large(std::size_t bytes_max) { return fmt::format("larger than {} bytes", bytes_max); }

std::expected<std::string, std::string> read_all(int fd, std::size_t bytes_max) {
  struct stat about{};
  if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && static_cast<std::size_t>(about.st_size) > bytes_max) {
    return std::unexpected(too_large(bytes_max));
  }
  std::string text;
  // With room for a message's head: see Message::of_content().
  if (S_ISREG(about.st_mode)) text.reserve(static_cast<std::size_t>(about.st_size) + piece_bytes + 1024);
  for (;;) {  // ends: the text grows up to bytes_max
    const std::size_t had = text.size();
    text.resize(had + piece_bytes);
    const ssize_t got = read(fd, text.data() + had, piece_bytes);
    if (got < 0 && errno != EINTR) return std::unexpected(last_error());
    text.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return text;
    if (text.size() > bytes_max) return std::unexpected(too_large(bytes_max));
  }
}

/// Writes all of `text` to `fd`. The error is the system's.
std::expected<void, std::string> write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = write(fd, text.data(), text.size());
    if (put < 0 && errno != EINTR) return std::unexpected(last_error());
    if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

}  // namespace

std::expected<std::string, std::string> read_file(const std::string& path, std::size_t bytes_max) {
  const auto named = [&](const std::string& why) { return std::unexpected(fmt::format("{}: {}", to_line(path), why)); };
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return named(last_error());
  auto text = read_all(fd, bytes_max);
  close(fd);
  if (!text) return named(text.error());
  return text;
}

std::expected<void, std::string> replace_file(const std::string& path, std::string_view text) {
  const auto named = [&](const std::string& why) { return std::unexpected(fmt::format("{}: {}", to_line(path), why)); };
  const std::string beside = path + ".new";
  const int fd = open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0) return named(last_error());
  auto written = write_all(fd, text);
  close(fd);
  if (written && rename(beside.c_str(), path.c_str()) != 0) written = std::unexpected(last_error());
  if (written) return {};
  unlink(beside.c_str());
  return named(written.error());
}

std::expected<void, std::string> print(std::string_view text) {
  auto printed = write_all(STDOUT_FILENO, text);
  if (!printed) return std::unexpected("standard output: " + printed.error());
  return {};
}

}  // namespace exocast
