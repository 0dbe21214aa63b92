// SPDX-License-Identifier: Apache-2.0
#include "report/fold_names.h"

#include <charconv>
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include <fmt/format.h>

namespace exocast {
namespace {

constexpr std::size_t max_digits = 18;  // fits into 64 bits
constexpr std::string_view digits = "0123456789";

/// A name split around its last number; `number` is empty if there is none that can be folded.
struct Parts {
  std::string_view prefix;
  std::string_view number;
  std::string_view suffix;
};

Parts split(std::string_view name) {
  const auto last = name.find_last_of(digits);
  if (last == std::string_view::npos) return {name, {}, {}};
  const auto before = name.find_last_not_of(digits, last);
  const auto first = before == std::string_view::npos ? 0 : before + 1;
  if (last + 1 - first > max_digits) return {name, {}, {}};
  return {name.substr(0, first), name.substr(first, last + 1 - first), name.substr(last + 1)};
}

/// Prefix, suffix and the width to which numbers are zero-padded (0: not padded).
using Family = std::tuple<std::string_view, std::string_view, std::size_t>;

/// "1-3,7", padded to `width`.
std::string ranges(const std::set<std::uint64_t>& numbers, std::size_t width) {
  std::string text;
  for (auto at = numbers.begin(); at != numbers.end();) {
    const std::uint64_t first = *at;
    std::uint64_t last = first;
    for (++at; at != numbers.end() && *at == last + 1; ++at) last = *at;
    if (!text.empty()) text += ',';
    text += fmt::format("{:0{}}", first, width);
    if (last > first) text += fmt::format("-{:0{}}", last, width);
  }
  return text;
}

std::string family_text(const Family& family, const std::set<std::uint64_t>& numbers) {
  const auto& [prefix, suffix, width] = family;
  if (numbers.empty()) return std::string(prefix);
  const std::string text = ranges(numbers, width);
  return numbers.size() == 1 ? fmt::format("{}{}{}", prefix, text, suffix)
                             : fmt::format("{}[{}]{}", prefix, text, suffix);
}

}  // namespace

std::string fold_names(const std::vector<std::string>& names) {
  // "n10" continues n08, n09 if such names exist, else n8, n9. So padding is known only after a first pass over all
  // names.
  std::set<Family> padded;
  for (const std::string& name : names) {
    const Parts parts = split(name);
    if (parts.number.size() > 1 && parts.number[0] == '0')
      padded.emplace(parts.prefix, parts.suffix, parts.number.size());
  }

  std::map<Family, std::set<std::uint64_t>> families;
  std::vector<Family> in_order;
  for (const std::string& name : names) {
    const Parts parts = split(name);
    Family family{parts.prefix, parts.suffix, parts.number.size()};
    if (!padded.contains(family)) std::get<2>(family) = 0;
    const auto [at, is_new] = families.try_emplace(family);
    if (is_new) in_order.push_back(family);
    if (parts.number.empty()) continue;
    std::uint64_t number = 0;
    std::from_chars(parts.number.data(), parts.number.data() + parts.number.size(), number);
    at->second.insert(number);
  }

  std::string text;
  for (const Family& family : in_order) text += (text.empty() ? "" : ",") + family_text(family, families.at(family));
  return text;
}

}  // namespace exocast
