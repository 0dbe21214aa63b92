// SPDX-License-Identifier: Apache-2.0
#include "control/control_session.h"

#include <ranges>
#include <utility>
#include <variant>

#include "exocast/gather/gather.h"

namespace exocast {
namespace {

bool is_cancel(const std::string& line) {
  const auto request = parse_control_request(line);
  return request && std::holds_alternative<CancelRequest>(*request);
}

}  // namespace

ControlSession::ControlSession(const ControlHandler& handler, LocalStream::socket socket, Duration write_timeout)
    : handler_(handler), socket_(std::move(socket), control_request_bytes_max), talk_(socket_, write_timeout) {}

task<void> ControlSession::run() {
  while (const auto line = co_await next_line()) {
    co_await answer(*line);
    if (talk_.cut()) break;
  }
}

/// Nothing at the end of the connection, or after an invalid line.
task<std::optional<std::string>> ControlSession::next_line() {
  if (ahead_) co_return std::exchange(ahead_, std::nullopt);
  if (at_end_) co_return std::nullopt;
  auto line = co_await socket_.read();
  if (line) co_return *std::move(line);
  co_await talk_.fail("request: " + line.error());
  co_return std::nullopt;
}

task<void> ControlSession::answer(const std::string& line) {
  const auto request = parse_control_request(line);
  if (!request) {
    co_await talk_.fail(request.error());
    co_return;
  }
  StopSource stop;
  const auto part = [&](bool is_command) { return is_command ? handler_(*request, talk_, stop) : read_ahead(stop); };
  co_await race(std::array{true, false}, part);
}

/// Reads while a request is under way. Runs until it is stopped, at the end of the request.
task<void> ControlSession::read_ahead(StopSource& stop) {
  while (!at_end_ && !ahead_) {
    auto line = co_await socket_.read();
    at_end_ = !line || !*line;
    if (at_end_ || is_cancel(**line)) {
      stop.request();
    } else {
      ahead_ = **std::move(line);
    }
  }
  co_await until_stopped();
}

}  // namespace exocast
