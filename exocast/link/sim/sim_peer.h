// SPDX-License-Identifier: Apache-2.0
#pragma once
// SimPeer: a simulated receiver. It counts what reached it and what its handler accepted, so that a test can hold every
// report to "delivered is said only when the handler accepted the message". Threading: one thread, that of the links'
// scheduler. Lifetime: outlives its links.

#include <cstddef>
#include <expected>
#include <functional>
#include <utility>

#include "exocast/link/link.h"

namespace exocast {

class SimPeer {
 public:
  /// Accepts a message, or says why not.
  using Handler = std::function<std::expected<void, LinkError>(const Message&)>;

  /// Accepts everything.
  SimPeer() = default;
  explicit SimPeer(Handler handler) : handler_(std::move(handler)) {}

  /// A message has arrived; what the handler says to it. For links.
  std::expected<void, LinkError> receive(const Message& message) {
    ++received_;
    auto answer = handler_ ? handler_(message) : std::expected<void, LinkError>();
    if (answer) ++accepted_;
    return answer;
  }

  std::size_t received() const noexcept { return received_; }
  std::size_t accepted() const noexcept { return accepted_; }

 private:
  Handler handler_;
  std::size_t received_ = 0;
  std::size_t accepted_ = 0;
};

}  // namespace exocast
