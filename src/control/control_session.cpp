// SPDX-License-Identifier: Apache-2.0
#include "control/control_session.h"

#include <array>
#include <utility>
#include <variant>

#include "exocast/gather/gather.h"

namespace exocast {

ControlSession::ControlSession(const ControlHandler& handler, LocalStream::socket socket, Duration write_timeout)
    : handler_(handler), socket_(std::move(socket), control_request_bytes_max), talk_(socket_, write_timeout) {}

task<void> ControlSession::run() {
  while (!talk_.cut()) {
    const auto request = ahead_.take();
    if (!request) {
      if (at_end_) break;
      co_await read();
    } else if (*request) {
      co_await answer(**request);
    } else {
      co_await talk_.fail(request->error());
    }
  }
}

task<bool> ControlSession::read() {
  const auto line = co_await socket_.read();
  at_end_ = !line || !*line;
  if (!line) ahead_.push(std::unexpected("request: " + line.error()), 0);
  if (at_end_) co_return false;
  auto request = parse_control_request(**line);
  if (request && std::holds_alternative<CancelRequest>(*request)) co_return false;
  ahead_.push(std::move(request), (*line)->size());
  co_return true;
}

task<void> ControlSession::answer(const ControlRequest& request) {
  StopSource stop;
  const auto part = [&](bool is_command) {
    return is_command ? handler_(request, talk_, ahead_, stop) : read_ahead(stop);
  };
  co_await race(std::array{true, false}, part);
}

/// Reads while a request is under way. Runs until it is stopped, at the end of the request.
task<void> ControlSession::read_ahead(StopSource& stop) {
  while (!stop.requested()) {
    if (ahead_.full()) {
      ahead_.changed().reset();
      co_await ahead_.changed().wait();
    } else if (at_end_ || !co_await read()) {
      stop.request();
    }
  }
  co_await until_stopped();
}

}  // namespace exocast
