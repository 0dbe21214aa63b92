// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/io/line_writer.h"

#include <limits.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace exocast {
namespace {

/// A writable pipe takes at least this many bytes without blocking.
constexpr std::size_t piece_bytes = PIPE_BUF;

}  // namespace

LineWriter::LineWriter(AsioLoop& loop, int fd) : readiness_(loop, fd, Readiness::To::write), fd_(fd) {}

task<std::expected<void, std::string>> LineWriter::write(std::string_view text) {
  while (!text.empty()) {
    co_await readiness_.wait();
    const ssize_t put = ::write(fd_, text.data(), std::min(text.size(), piece_bytes));
    if (put < 0 && errno != EINTR && errno != EAGAIN) co_return std::unexpected(std::generic_category().message(errno));
    if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
  }
  co_return {};
}

}  // namespace exocast
