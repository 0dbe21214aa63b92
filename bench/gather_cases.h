// SPDX-License-Identifier: Apache-2.0
#pragma once
// Shared by the cases of `bench gather`: the measured gather, and making rows from it. One thread.

#include <exception>
#include <ranges>
#include <string>

#include "bench/measure.h"
#include "bench/row.h"
#include "bench/task_result.h"
#include "exocast/gather/gather.h"

namespace exocast::bench {

/// The name of the main row: our gather in its usual configuration.
inline constexpr const char* gather_name = "gather, limit 64 + deadline";

inline task<TaskResult> yield_once(std::size_t index) {
  co_await yield();
  co_return result_of(index);
}

struct Bounds {
  Limit limit = Limit::none();
  Duration timeout = Duration::max();  ///< of the whole gather
  Duration per_item = Duration::max();
};
inline constexpr Bounds usual{.limit = 64, .timeout = std::chrono::seconds(10)};

/// Gathers tasks 0 to n-1 on `loop`, a RunLoop or an AsioLoop. Throws std::logic_error if their results are wrong.
template <class Loop>
void run_gather(Loop& loop, std::size_t n, const Bounds& bounds) {
  const auto all = [](std::size_t n, Bounds bounds) -> task<void> {
    const GatherOptions options{
        .limit = bounds.limit,
        .deadline = Deadline::after((co_await this_context()).scheduler->now(), bounds.timeout),
        .per_item = bounds.per_item,
    };
    const auto gathered = co_await gather(std::views::iota(std::size_t{0}, n), yield_once, options);
    check_errors(gathered.count(Reason::error), n);
  };
  if (const auto outcome = loop.run(all(n, bounds)); outcome.exception()) std::rethrow_exception(outcome.exception());
}

/// Measures runs of `n` tasks and adds the rows.
class GatherCases {
 public:
  GatherCases(std::size_t n, const Budget& budget, Table& table) : n_(n), budget_(budget), table_(table) {}

  std::size_t n() const noexcept { return n_; }
  const Budget& budget() const noexcept { return budget_; }

  /// Adds a row with the time per task of `runner` relative to `reference`; returns the former, in ns. Uses CPU time:
  /// for one thread that never waits it equals wall time on an idle machine, and on a busy one it excludes other
  /// processes.
  double compare_with(const std::string& name, const Runner& runner, const std::string& reference_name,
                      const Runner& reference) {
    const Compared time = compare(runner, reference, budget_).cpu_ns;
    table_.add({.name = name,
                .n = n_,
                .value = time.value / per_task(),
                .unit = "ns/task",
                .reference = reference_name,
                .reference_value = time.reference / per_task()});
    return time.value / per_task();
  }

  /// Adds a row with the allocations per task of `work`, after a warm-up run.
  template <class Work>
  void count_allocations(const std::string& name, Work&& work) {
    if (!counts_allocations()) return;
    work();
    const std::uint64_t before = allocations();
    work();
    const auto count = static_cast<double>(allocations() - before);
    table_.add({.name = name, .n = n_, .value = count / per_task(), .unit = "allocs/task"});
  }

  void add(Row row) { table_.add(std::move(row)); }

 private:
  double per_task() const { return static_cast<double>(n_); }

  std::size_t n_;
  Budget budget_;
  Table& table_;
};

/// The cases on Asio: our gather on the AsioLoop, and Asio's own means.
void bench_gather_on_asio(GatherCases& cases);

}  // namespace exocast::bench
