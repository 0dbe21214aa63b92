// SPDX-License-Identifier: Apache-2.0
#include "bench/measure.h"

#include <algorithm>
#include <cstddef>
#include <ctime>
#include <utility>

namespace exocast::bench {
namespace {

double read_ns(clockid_t clock) noexcept {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// Calls `round` within the budget, after a warm-up of a tenth of it.
template <class Round>
void repeat(const Budget& budget, Round&& round) {
  const double warm = wall_clock_ns() + budget.seconds * 1e8;
  do round(false);
  while (wall_clock_ns() < warm);
  const double end = wall_clock_ns() + budget.seconds * 1e9;
  for (int done = 0; done < budget.rounds_max && (done < budget.rounds_min || wall_clock_ns() < end); ++done)
    round(true);
}

/// The mean of the middle fifth of the pairs, by ratio.
Compared middle(std::vector<Compared> pairs) {
  std::ranges::sort(pairs,
                    [](const Compared& a, const Compared& b) { return a.value * b.reference < b.value * a.reference; });
  const std::size_t margin = (pairs.size() - 1) * 2 / 5;
  Compared sum;
  for (std::size_t i = margin; i < pairs.size() - margin; ++i) {
    sum.value += pairs[i].value;
    sum.reference += pairs[i].reference;
  }
  const auto count = static_cast<double>(pairs.size() - 2 * margin);
  return {.value = sum.value / count, .reference = sum.reference / count};
}

}  // namespace

Comparison compare(const Runner& runner, const Runner& reference, const Budget& budget) {
  std::vector<Compared> wall;
  std::vector<Compared> cpu;
  repeat(budget, [&](bool counts) {
    const Sample against = reference();
    const Sample sample = runner();
    if (!counts) return;
    wall.push_back({.value = sample.wall_ns, .reference = against.wall_ns});
    cpu.push_back({.value = sample.cpu_ns, .reference = against.cpu_ns});
  });
  return {.wall_ns = middle(std::move(wall)), .cpu_ns = middle(std::move(cpu))};
}

double wall_clock_ns() noexcept { return read_ns(CLOCK_MONOTONIC); }
double process_cpu_ns() noexcept { return read_ns(CLOCK_PROCESS_CPUTIME_ID); }

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace exocast::bench
