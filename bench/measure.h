// SPDX-License-Identifier: Apache-2.0
#pragma once
// compare: measures two things alternately in one run, A B A B, so that a machine that drifts drifts for both.
//
// Each round runs both and gives one pair. The pairs are ordered by their ratio, and the middle fifth of them is the
// result: so the ratio is a median of ratios taken at the same moment, and value and reference are what those rounds
// took. One thread.

#include <cstdint>
#include <functional>
#include <vector>

namespace exocast::bench {

/// What one run took.
struct Sample {
  double wall_ns = 0;
  double cpu_ns = 0;  ///< of the whole process, in user and system mode
};

/// How long a comparison may go on: until `seconds` have passed, but `rounds_min` to `rounds_max` rounds.
struct Budget {
  double seconds = 0.5;
  int rounds_min = 9;
  int rounds_max = 2000;
};

struct Compared {
  double value = 0;
  double reference = 0;
};

struct Comparison {
  Compared wall_ns;
  Compared cpu_ns;
};

/// Runs one of the things compared, once, and says what it took; what it does before and after is its own business.
using Runner = std::function<Sample()>;

/// Rounds of `reference` and `runner`, after a tenth as many to warm up.
Comparison compare(const Runner& runner, const Runner& reference, const Budget& budget);

double wall_clock_ns() noexcept;
double process_cpu_ns() noexcept;

/// Calls `work` and says what it took.
template <class Work>
Sample timed(Work&& work) {
  const double cpu = process_cpu_ns();
  const double wall = wall_clock_ns();
  work();
  return {.wall_ns = wall_clock_ns() - wall, .cpu_ns = process_cpu_ns() - cpu};
}

/// The middle of `values` (of those in between, the upper); 0 if there are none.
double median(std::vector<double> values);

/// Allocations of this thread through operator new so far. With a sanitizer, which has its own operator new: always 0.
std::uint64_t allocations() noexcept;
bool counts_allocations() noexcept;

}  // namespace exocast::bench
