// SPDX-License-Identifier: Apache-2.0
#pragma once
// Question: what one node asks another, as an immutable value that is cheap to copy. The answer is a text, JSON or
// plain.
//
// A name says what is asked, and an argument may say of what. Which names a node knows is its own business; those that
// every exocast node answers are named here. Copies share one immutable state, safe from any thread.

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace exocast {

namespace wire {
class AskRequest;
}

class Question {
 public:
  /// Of a name, an argument and an answer. Long enough for a page of numbers on each of a thousand peers; what is
  /// larger belongs into messages.
  static constexpr std::size_t name_bytes_max = 64;
  static constexpr std::size_t argument_bytes_max = std::size_t{64} << 10;
  static constexpr std::size_t answer_bytes_max = std::size_t{1} << 20;

  /// Asks `name`, 1 to 64 of a-z, '.', '_' and '-', about `argument`, UTF-8 of up to 64 KiB. Fails with one printable
  /// line.
  static std::expected<Question, std::string> make(std::string_view name, std::string_view argument = "");

  /// Whether the node is well: {"healthy":true,…}. exo's nodes answer it, too: they are asked by HealthCheck.
  static Question health();
  /// How it stands, in numbers: JSON.
  static Question stats();
  /// The version of its program.
  static Question version();

  const std::string& name() const noexcept { return state_->name; }
  const std::string& argument() const noexcept { return state_->argument; }
  std::size_t bytes() const noexcept { return name().size() + argument().size(); }

  /// As it is sent.
  std::string encoded() const;
  /// What a server received; the same checks as make().
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
