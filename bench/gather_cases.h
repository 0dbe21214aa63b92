// SPDX-License-Identifier: Apache-2.0
#pragma once
// The parts that the cases of `bench gather` have in common: the gather that is measured, and how a row is made of it.
// One thread.

#include <exception>
#include <ranges>
#include <string>

#include "bench/measure.h"
#include "bench/row.h"
#include "bench/task_result.h"
#include "exocast/gather/gather.h"

namespace exocast::bench {

/// The name of the row that everything else is compared with or compares with: our gather as it is used.
inline constexpr const char* gather_name = "gather, limit 64 + deadline";

inline task<TaskResult> yield_once(std::size_t index) {
  co_await yield();
  co_return result_of(index);
}

struct Bounds {
  Limit limit = Limit::none();
  Duration timeout = Duration::max();  ///< of the whole
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

/// Measures things of `n` tasks and adds the rows.
class GatherCases {
 public:
  GatherCases(std::size_t n, const Budget& budget, Table& table) : n_(n), budget_(budget), table_(table) {}

  std::size_t n() const noexcept { return n_; }
  const Budget& budget() const noexcept { return budget_; }

  /// A row of the time of a task in `runner`, against that in `reference`; returns the former, in ns. CPU time: one
  /// thread that never waits needs as much wall time on an idle machine, and on a busy one this leaves out what others
  /// were given.
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

  /// A row of the allocations for each task of what `work` does, when it has been done before.
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

/// The cases on Asio: ours on the AsioLoop, and what Asio itself offers.
void bench_gather_on_asio(GatherCases& cases);

}  // namespace exocast::bench
