// SPDX-License-Identifier: Apache-2.0
#pragma once
// ControlQueue: the requests that a connection has sent behind the one under way. It is bounded in number and bytes.
// Threading: one thread. Lifetime: outlives its waits.

#include <cstddef>
#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "control/control_request.h"
#include "exocast/gather/event.h"

namespace exocast {

class ControlQueue {
 public:
  /// The error is one printable line: why the line is no request.
  using Request = std::expected<ControlRequest, std::string>;

  /// No more requests may be added.
  bool full() const noexcept { return requests_.size() >= control_ahead_max || bytes_ > control_ahead_bytes_max; }
  bool empty() const noexcept { return requests_.empty(); }

  /// Adds a request whose line has `bytes`.
  void push(Request request, std::size_t bytes) {
    requests_.push_back({std::move(request), bytes});
    bytes_ += bytes;
    changed_.set();
  }

  /// The oldest request, which leaves; nothing if there is none.
  std::optional<Request> take() {
    if (requests_.empty()) return std::nullopt;
    Request request = std::move(requests_.front().request);
    bytes_ -= requests_.front().bytes;
    requests_.pop_front();
    changed_.set();
    return request;
  }

  /// The same if the oldest one is a send.
  std::optional<SendRequest> take_send() {
    if (requests_.empty()) return std::nullopt;
    const Request& oldest = requests_.front().request;
    if (!oldest || !std::holds_alternative<SendRequest>(*oldest)) return std::nullopt;
    return std::get<SendRequest>(**take());
  }

  /// Set when a request is added or taken.
  Event& changed() noexcept { return changed_; }

 private:
  struct Waiting {
    Request request;
    std::size_t bytes;
  };

  std::deque<Waiting> requests_;
  std::size_t bytes_ = 0;
  Event changed_;
};

}  // namespace exocast
