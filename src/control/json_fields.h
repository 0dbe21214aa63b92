// SPDX-License-Identifier: Apache-2.0
#pragma once
// JsonFields: the keys of a JSON object as typed values, with one clear word on the first that is wrong, and on those
// that nobody has asked for. A missing key is nothing. One thread. Lifetime: the object outlives it.

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
  /// A whole number in 1..`most`.
  std::optional<std::size_t> count(std::string_view key, std::size_t most);
  /// Missing is false.
  bool flag(std::string_view key);
  /// Whole numbers of 32 bits.
  std::optional<std::vector<std::int32_t>> tokens(std::string_view key);

  /// What is wrong with the first value that was: one printable line.
  const std::optional<std::string>& fault() const noexcept { return fault_; }

  /// The first key that was not asked for, in words.
  std::optional<std::string> unknown() const;

 private:
  const nlohmann::ordered_json* find(std::string_view key);
  void wrong(std::string_view key, std::string_view what);

  const nlohmann::ordered_json& object_;
  std::set<std::string, std::less<>> asked_;
  std::optional<std::string> fault_;
};

}  // namespace exocast
