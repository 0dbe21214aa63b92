// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/io/line_reader.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

namespace exocast {

LineReader::LineReader(AsioLoop& loop, int fd, std::size_t line_bytes_max)
    : readiness_(loop, fd, Readiness::To::read), fd_(fd), line_bytes_max_(line_bytes_max) {}

task<LineReader::Line> LineReader::next() {
  for (;;) {
    const auto end = buffer_.find('\n', scanned_);
    scanned_ = buffer_.size();
    if (end != std::string::npos) co_return take(end, end + 1);
    const std::size_t waiting = buffer_.size() - begin_;
    if (waiting > line_bytes_max_ + 1) co_return too_long();  // one more for the \r of a pending line end
    if (at_end_ && waiting == 0) co_return std::nullopt;
    if (at_end_) co_return take(buffer_.size(), buffer_.size());
    co_await readiness_.wait();
    if (auto read = read_some(); !read) co_return std::unexpected(std::move(read.error()));
  }
}

/// Returns the text before `end`; the next line begins at `next`.
LineReader::Line LineReader::take(std::size_t end, std::size_t next) {
  std::string line = buffer_.substr(begin_, end - begin_);
  if (line.ends_with('\r')) line.pop_back();
  if (line.size() > line_bytes_max_) return too_long();
  begin_ = scanned_ = next;
  ++line_number_;
  return line;
}

LineReader::Line LineReader::too_long() const {
  return std::unexpected(fmt::format("line {} is longer than {} bytes", line_number_ + 1, line_bytes_max_));
}

std::expected<void, std::string> LineReader::read_some() {
  buffer_.erase(0, begin_);
  begin_ = 0;
  const std::size_t had = buffer_.size();
  scanned_ = had;
  buffer_.resize(had + read_bytes);
  const ssize_t got = read(fd_, buffer_.data() + had, read_bytes);
  const int error = errno;
  buffer_.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  at_end_ = got == 0;
  if (got < 0 && error != EINTR && error != EAGAIN) return std::unexpected(std::generic_category().message(error));
  return {};
}

}  // namespace exocast
