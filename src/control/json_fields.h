// SPDX-License-Identifier: Apache-2.0
#pragma once
// JsonFields: reads the keys of a JSON object as typed values, and reports the first invalid value and the first
// unread key. A missing key is nothing. One thread. Lifetime: the object outlives it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace exocast {

class JsonFields {
 public:
  explicit JsonFields(const nlohmann::ordered_json& object) noexcept : object_(object) {}

  std::optional<std::string> text(std::string_view key);
  /// Above 0, up to `most`.
  std::optional<double> number(std::string_view key, double most);
  /// A whole number from 1 to `most`.
  std::optional<std::size_t> count(std::string_view key, std::size_t most);
  /// A missing key is false.
  bool flag(std::string_view key);
  /// An array of 32-bit whole numbers.
  std::optional<std::vector<std::int32_t>> tokens(std::string_view key);

  /// The first invalid value, as one printable line.
  const std::optional<std::string>& fault() const noexcept { return fault_; }

  /// The first key that was not read, as an error text.
  std::optional<std::string> unknown() const;

 private:
  const nlohmann::ordered_json* find(std::string_view key);
  void wrong(std::string_view key, std::string_view what);

  const nlohmann::ordered_json& object_;
  std::set<std::string, std::less<>> asked_;
  std::optional<std::string> fault_;
};

}  // namespace exocast
