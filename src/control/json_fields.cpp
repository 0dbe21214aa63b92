// SPDX-License-Identifier: Apache-2.0
#include "control/json_fields.h"

#include <limits>

#include <fmt/format.h>

#include "base/text.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

std::optional<std::int32_t> int32_of(const Json& value) {
  using Range = std::numeric_limits<std::int32_t>;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > Range::max()) return std::nullopt;
  if (!value.is_number_integer()) return std::nullopt;
  const auto number = value.get<std::int64_t>();
  if (number < Range::min() || number > Range::max()) return std::nullopt;
  return static_cast<std::int32_t>(number);
}

}  // namespace

const Json* JsonFields::find(std::string_view key) {
  asked_.emplace(key);
  const auto at = object_.find(std::string(key));
  return at != object_.end() ? &*at : nullptr;
}

void JsonFields::wrong(std::string_view key, std::string_view what) {
  if (!fault_) fault_ = fmt::format("'{}' is not {}", key, what);
}

std::optional<std::string> JsonFields::text(std::string_view key) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_string()) return value->get<std::string>();
  wrong(key, "a string");
  return std::nullopt;
}

std::optional<double> JsonFields::number(std::string_view key, double most) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_number() && value->get<double>() > 0 && value->get<double>() <= most) return value->get<double>();
  wrong(key, fmt::format("a number above 0, up to {}", most));
  return std::nullopt;
}

std::optional<std::size_t> JsonFields::count(std::string_view key, std::size_t most) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_unsigned() && value->get<std::size_t>() >= 1 && value->get<std::size_t>() <= most) {
    return value->get<std::size_t>();
  }
  wrong(key, fmt::format("a whole number in 1..{}", most));
  return std::nullopt;
}

bool JsonFields::flag(std::string_view key) {
  const Json* value = find(key);
  if (value == nullptr) return false;
  if (value->is_boolean()) return value->get<bool>();
  wrong(key, "true or false");
  return false;
}

std::optional<std::vector<std::int32_t>> JsonFields::tokens(std::string_view key) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  std::vector<std::int32_t> tokens;
  if (value->is_array()) {
    for (const Json& one : *value) {
      const auto token = int32_of(one);
      if (!token) break;
      tokens.push_back(*token);
    }
  }
  if (value->is_array() && tokens.size() == value->size()) return tokens;
  wrong(key, "a list of whole numbers of 32 bits");
  return std::nullopt;
}

std::optional<std::string> JsonFields::unknown() const {
  for (const auto& [key, value] : object_.items()) {
    if (!asked_.contains(key)) return fmt::format("the key '{}' is unknown here", to_line(key, 40));
  }
  return std::nullopt;
}

}  // namespace exocast
