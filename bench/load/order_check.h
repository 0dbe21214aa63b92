// SPDX-License-Identifier: Apache-2.0
#pragma once
// OrderCheck: checks which of a stream of numbered messages have arrived, and their order. Numbers begin at 0.
//
// One bit per number up to twice the highest, at most 32 MiB. One thread.

#include <cstdint>
#include <string>
#include <vector>

namespace exocast::bench {

/// The numbers from `first` to `last`, inclusive.
struct Range {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  friend bool operator==(const Range&, const Range&) = default;
};

std::uint64_t count_of(const std::vector<Range>& ranges) noexcept;

/// The numbers in `a` but not in `b`; both sorted and without overlaps.
std::vector<Range> difference(const std::vector<Range>& a, const std::vector<Range>& b);

/// A receiver's result.
struct Heard {
  std::uint64_t received = 0;    ///< distinct messages
  std::uint64_t inversions = 0;  ///< of them, those that came after a higher number
  std::uint64_t duplicates = 0;  ///< repetitions of a message
  std::uint64_t strange = 0;     ///< numbers over OrderCheck::number_max, which no sender uses
  std::vector<Range> missing{};  ///< not received
};

class OrderCheck {
 public:
  static constexpr std::uint64_t number_max = (std::uint64_t{1} << 28) - 1;

  void note(std::uint64_t number);

  /// The result for numbers below `published`.
  Heard heard(std::uint64_t published) const;

  std::uint64_t received() const noexcept { return received_; }

 private:
  std::vector<bool> seen_;  // for the highest received number, and more
  std::uint64_t next_ = 0;  // the highest received number, and one
  std::uint64_t received_ = 0;
  std::uint64_t inversions_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t strange_ = 0;
};

/// Conversions to and from one line of JSON.
std::string to_line(const Heard& heard);
Heard heard_of(const std::string& line);

}  // namespace exocast::bench
