// SPDX-License-Identifier: Apache-2.0
#pragma once
// Exhaustigen: visits every combination of a test's choices; the test reads as if it chose at random.
//
//   Exhaustigen choices;
//   while (choices.next()) {
//     const std::size_t n = choices.below(4);
//     for (std::size_t i = 0; i < n; ++i) items.push_back(choices.one_of(kinds));
//     check(items);
//   }
//
// The idea is TigerBeetle's: the choices of one round are the digits of a number, each with its own base, and the next
// round counts up by one. A choice may depend on earlier choices of its round. Deterministic; bounded by the product of
// the bounds. One thread.

#include <cassert>
#include <cstddef>
#include <iterator>
#include <vector>

namespace exocast::test {

class Exhaustigen {
 public:
  /// Starts the next round; false when all combinations have been visited.
  bool next() {
    ++rounds_;
    at_ = 0;
    if (rounds_ == 1) return true;
    while (!digits_.empty() && digits_.back().value + 1 >= digits_.back().bound) digits_.pop_back();
    if (digits_.empty()) return false;
    ++digits_.back().value;
    return true;
  }

  /// One of 0 … bound - 1; `bound` is 1 or more and depends only on earlier choices of the round.
  std::size_t below(std::size_t bound) {
    assert(bound > 0);
    if (at_ == digits_.size()) digits_.push_back({.value = 0, .bound = bound});
    assert(digits_[at_].bound == bound);
    return digits_[at_++].value;
  }

  bool flip() { return below(2) == 1; }

  /// One of `values`, an array or a random-access container.
  template <class Values>
  const auto& one_of(const Values& values) {
    return values[below(std::size(values))];
  }

  /// Rounds so far, this one included.
  std::size_t rounds() const noexcept { return rounds_; }

 private:
  struct Digit {
    std::size_t value;
    std::size_t bound;
  };
  std::vector<Digit> digits_;
  std::size_t at_ = 0;
  std::size_t rounds_ = 0;
};

}  // namespace exocast::test
