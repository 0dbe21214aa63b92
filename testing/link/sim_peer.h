// SPDX-License-Identifier: Apache-2.0
#pragma once
// SimPeer: a simulated receiver of messages and questions. It counts what arrives and what its handler accepts, so that
// a test can check that "delivered" is reported only for accepted messages. Threading: one thread, that of the links'
// scheduler. Lifetime: outlives its links.

#include <cstddef>
#include <expected>
#include <functional>
#include <utility>

#include "exocast/link.h"

namespace exocast {

class SimPeer {
 public:
  /// Accepts a message, or returns an error.
  using Handler = std::function<std::expected<void, Status>(const Message&)>;

  /// Answers a question, or returns an error.
  using Answerer = std::function<std::expected<std::string, Status>(const Question&)>;

  /// Accepts everything, and answers no questions.
  SimPeer() = default;
  explicit SimPeer(Handler handler, Answerer answerer = {})
      : handler_(std::move(handler)), answerer_(std::move(answerer)) {}

  /// For links: a message has arrived. Returns the handler's answer.
  std::expected<void, Status> receive(const Message& message) {
    ++received_;
    auto answer = handler_ ? handler_(message) : std::expected<void, Status>();
    if (answer) ++accepted_;
    return answer;
  }

  /// For links: a question has arrived. Returns the peer's answer.
  std::expected<std::string, Status> asked(const Question& question) {
    ++asked_;
    if (answerer_) return answerer_(question);
    return std::unexpected(Status::unimplemented("does not answer questions"));
  }

  std::size_t asked() const noexcept { return asked_; }
  std::size_t received() const noexcept { return received_; }
  std::size_t accepted() const noexcept { return accepted_; }

 private:
  Handler handler_;
  Answerer answerer_;
  std::size_t asked_ = 0;
  std::size_t received_ = 0;
  std::size_t accepted_ = 0;
};

}  // namespace exocast
