// SPDX-License-Identifier: Apache-2.0
#include "control/line_socket.h"

#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "exocast/as_task.h"

namespace exocast {

LineSocket::LineSocket(LocalStream::socket socket, std::size_t line_bytes_max)
    : socket_(std::move(socket)), line_bytes_max_(line_bytes_max) {
  boost::system::error_code ignored;  // otherwise offer() might wait for a slow reader; no system refuses this
  socket_.non_blocking(true, ignored);
}

task<LineSocket::Line> LineSocket::read() {
  for (;;) {
    const auto end = buffer_.find('\n', scanned_);
    scanned_ = buffer_.size();
    const std::size_t bytes = (end == std::string::npos ? buffer_.size() : end) - begin_;
    if (bytes > line_bytes_max_) {
      co_return std::unexpected(fmt::format("a line is longer than {} bytes", line_bytes_max_));
    }
    if (end != std::string::npos) {
      std::string line = buffer_.substr(begin_, bytes);
      begin_ = scanned_ = end + 1;
      co_return line;
    }
    buffer_.erase(0, std::exchange(begin_, 0));
    scanned_ = buffer_.size();
    const auto got = co_await socket_.async_read_some(boost::asio::buffer(piece_), as_task);
    if (!got && got.error() == boost::asio::error::eof) co_return std::nullopt;
    if (!got && got.error() == boost::asio::error::connection_reset) co_return std::nullopt;
    if (!got) co_return std::unexpected(got.error().message());
    buffer_.append(piece_.data(), *got);
  }
}

task<std::expected<void, std::string>> LineSocket::write(std::string_view text) {
  for (const std::string_view part : {std::string_view(unsent_), text}) {
    if (part.empty()) continue;
    const auto put = co_await boost::asio::async_write(socket_, boost::asio::buffer(part), as_task);
    if (!put) co_return std::unexpected(put.error().message());
  }
  unsent_.clear();
  co_return {};
}

void LineSocket::offer(std::string_view text) {
  if (!unsent_.empty()) return;
  boost::system::error_code error;
  const std::size_t put = socket_.write_some(boost::asio::buffer(text), error);
  if (!error) unsent_ = text.substr(put);
}

}  // namespace exocast
