// SPDX-License-Identifier: Apache-2.0
#pragma once
// Question: a question to nodes, as an immutable value that is cheap to copy. The answer is a text, JSON or plain.
//
//   Answers answers = co_await node.asker().ask(Question::stats(), {.timeout = 2s});
//
// A question has a name and an optional argument. Every exocast node answers health(), stats() and version(), and
// "replay" if it keeps messages (Node::replay()); any other name gets NOT_FOUND. Copies share one immutable state, safe
// from any thread.

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace exocast {

namespace wire {
class AskRequest;
}

/// A name and an argument.
class Question {
 public:
  static constexpr std::size_t name_bytes_max = 64;                         ///< bytes of a name
  static constexpr std::size_t argument_bytes_max = std::size_t{64} << 10;  ///< bytes of an argument
  /// Bytes of an answer: enough for a page of numbers about each of a thousand peers. Send larger data as messages.
  static constexpr std::size_t answer_bytes_max = std::size_t{1} << 20;

  /// A question with `name`, 1 to 64 of a-z, '.', '_' and '-', and `argument`, UTF-8 of up to 64 KiB. The error is one
  /// printable line.
  static std::expected<Question, std::string> make(std::string_view name, std::string_view argument = "");

  static Question health();   ///< answer {"healthy":true} or {"healthy":false}; also from exo's nodes, by HealthCheck
  static Question stats();    ///< answer: a JSON object with the node's numbers
  static Question version();  ///< answer "exocast 0.1.0"

  const std::string& name() const noexcept { return state_->name; }                 ///< as given to make()
  const std::string& argument() const noexcept { return state_->argument; }         ///< as given to make()
  std::size_t bytes() const noexcept { return name().size() + argument().size(); }  ///< of name and argument

  /// The serialised wire::AskRequest.
  std::string encoded() const;
  /// The question in a received request; the same checks as make().
  static std::expected<Question, std::string> from_request(const wire::AskRequest& request);

 private:
  struct State {
    std::string name;
    std::string argument;
  };
  explicit Question(State state) : state_(std::make_shared<const State>(std::move(state))) {}

  std::shared_ptr<const State> state_;
};

}  // namespace exocast
