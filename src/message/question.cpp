// SPDX-License-Identifier: Apache-2.0
#include "exocast/question.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "message/proto/questions.pb.h"

namespace exocast {
namespace {

bool may_name(char letter) noexcept {
  return (letter >= 'a' && letter <= 'z') || letter == '.' || letter == '_' || letter == '-';
}

}  // namespace

std::expected<Question, std::string> Question::make(std::string_view name, std::string_view argument) {
  if (name.empty() || name.size() > name_bytes_max || !std::ranges::all_of(name, may_name)) {
    return std::unexpected(fmt::format("'{}' is no question; its name takes 1 to {} of a-z, '.', '_' and '-'",
                                       to_line(name, name_bytes_max), name_bytes_max));
  }
  if (argument.size() > argument_bytes_max) {
    return std::unexpected(
        fmt::format("the argument of '{}' has {} bytes, {} at most", name, argument.size(), argument_bytes_max));
  }
  if (!is_utf8(argument)) return std::unexpected(fmt::format("the argument of '{}' is not UTF-8", name));
  return Question({std::string(name), std::string(argument)});
}

Question Question::health() { return Question({"health", ""}); }
Question Question::stats() { return Question({"stats", ""}); }
Question Question::version() { return Question({"version", ""}); }

std::string Question::encoded() const {
  wire::AskRequest request;
  request.set_name(name());
  request.set_argument(argument());
  return request.SerializeAsString();
}

std::expected<Question, std::string> Question::from_request(const wire::AskRequest& request) {
  return make(request.name(), request.argument());
}

}  // namespace exocast
