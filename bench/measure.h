// SPDX-License-Identifier: Apache-2.0
#pragma once
// compare: measures two things alternately in one run, A B A B, so that drift of the machine affects both.
//
// Each round runs both and gives one pair. The pairs are sorted by their ratio, and the mean of the middle fifth is the
// result: the ratio is a median of ratios measured at the same moment, and value and reference are from those rounds.
// One thread.

#include <cstdint>
#include <functional>
#include <vector>

namespace exocast::bench {

/// The times of one run.
struct Sample {
  double wall_ns = 0;
  double cpu_ns = 0;  ///< of the whole process, user and system
};

/// The bounds of a comparison: `seconds`, but `rounds_min` to `rounds_max` rounds.
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

/// Runs one side of a comparison once and returns its times, without its setup and cleanup.
using Runner = std::function<Sample()>;

/// Runs rounds of `reference` and `runner`, after a tenth as many to warm up.
Comparison compare(const Runner& runner, const Runner& reference, const Budget& budget);

double wall_clock_ns() noexcept;
double process_cpu_ns() noexcept;

/// Calls `work` and returns its times.
template <class Work>
Sample timed(Work&& work) {
  const double cpu = process_cpu_ns();
  const double wall = wall_clock_ns();
  work();
  return {.wall_ns = wall_clock_ns() - wall, .cpu_ns = process_cpu_ns() - cpu};
}

/// The median of `values` (the upper of two); 0 if there are none.
double median(std::vector<double> values);

/// The allocations of this thread through operator new so far. Always 0 with a sanitizer, which has its own operator
/// new.
std::uint64_t allocations() noexcept;
bool counts_allocations() noexcept;

}  // namespace exocast::bench
