// SPDX-License-Identifier: Apache-2.0
#include "bench/load/order_check.h"

#include <algorithm>
#include <cstddef>

#include <nlohmann/json.hpp>

#include "bench/load/ranges_json.h"

namespace exocast::bench {

std::uint64_t count_of(const std::vector<Range>& ranges) noexcept {
  std::uint64_t count = 0;
  for (const Range& range : ranges) count += range.last - range.first + 1;
  return count;
}

std::vector<Range> difference(const std::vector<Range>& a, const std::vector<Range>& b) {
  std::vector<Range> rest;
  auto hole = b.begin();
  for (Range range : a) {
    while (hole != b.end() && hole->last < range.first) ++hole;
    bool open = true;  // part of `range` is left
    for (auto each = hole; each != b.end() && each->first <= range.last; ++each) {
      if (each->first > range.first) rest.push_back({.first = range.first, .last = each->first - 1});
      open = each->last < range.last;
      if (!open) break;
      range.first = each->last + 1;
    }
    if (open) rest.push_back(range);
  }
  return rest;
}

void OrderCheck::note(std::uint64_t number) {
  if (number > number_max) {
    ++strange_;
    return;
  }
  if (number >= seen_.size()) {
    seen_.resize(std::max<std::uint64_t>(number + 1, std::min<std::uint64_t>(2 * seen_.size(), number_max + 1)));
  }
  if (number >= next_) {
    next_ = number + 1;
  } else if (seen_[number]) {
    ++duplicates_;
    return;
  } else {
    ++inversions_;
  }
  seen_[number] = true;
  ++received_;
}

Heard OrderCheck::heard(std::uint64_t published) const {
  Heard heard{
      .received = received_, .inversions = inversions_, .duplicates = duplicates_, .strange = strange_, .missing = {}};
  for (std::uint64_t number = 0; number < published; ++number) {
    if (number < seen_.size() && seen_[number]) continue;
    if (!heard.missing.empty() && heard.missing.back().last + 1 == number) {
      heard.missing.back().last = number;
    } else {
      heard.missing.push_back({.first = number, .last = number});
    }
  }
  return heard;
}

std::string to_line(const Heard& heard) {
  return nlohmann::json{{"received", heard.received},
                        {"inversions", heard.inversions},
                        {"duplicates", heard.duplicates},
                        {"strange", heard.strange},
                        {"missing", heard.missing}}
      .dump();
}

Heard heard_of(const std::string& line) {
  const auto heard = nlohmann::json::parse(line);
  return {.received = heard.at("received"),
          .inversions = heard.at("inversions"),
          .duplicates = heard.at("duplicates"),
          .strange = heard.at("strange"),
          .missing = heard.at("missing")};
}

}  // namespace exocast::bench
