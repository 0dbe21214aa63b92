// SPDX-License-Identifier: Apache-2.0
#pragma once
// OrderCheck: which of a stream of numbered messages have come, and whether in order. Numbers begin with 0.
//
// One bit for each number up to the highest, so 32 MiB at most. One thread.

#include <cstdint>
#include <string>
#include <vector>

namespace exocast::bench {

/// Numbers from `first` to `last`, both included.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

std::uint64_t count_of(const std::vector<Range>& ranges) noexcept;

/// What is in `a` and not in `b`; both ordered and without overlaps.
std::vector<Range> difference(const std::vector<Range>& a, const std::vector<Range>& b);

/// What a receiver heard.
struct Heard {
  std::uint64_t received = 0;    ///< different messages
  std::uint64_t inversions = 0;  ///< of them, how many came after one with a higher number
  std::uint64_t duplicates = 0;  ///< more than once, each further time
  std::uint64_t strange = 0;     ///< numbers that no sender gives: over OrderCheck::number_max
  std::vector<Range> missing{};  ///< have not come
};

class OrderCheck {
 public:
  static constexpr std::uint64_t number_max = (std::uint64_t{1} << 28) - 1;

  void note(std::uint64_t number);

  /// Of the numbers under `published`.
  Heard heard(std::uint64_t published) const;

  std::uint64_t received() const noexcept { return received_; }

 private:
  std::vector<bool> seen_;  // up to the highest number that has come
  std::uint64_t received_ = 0;
  std::uint64_t inversions_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t strange_ = 0;
};

/// As one line of JSON, and back.
std::string to_line(const Heard& heard);
Heard heard_of(const std::string& line);

}  // namespace exocast::bench
