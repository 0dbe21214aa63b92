// SPDX-License-Identifier: Apache-2.0
#include "exocast/app/bench/gather_bench.h"

#include <ranges>
#include <string>
#include <utility>

#include "exocast/app/bench/bare_queue.h"
#include "exocast/app/bench/measure.h"
#include "exocast/gather/gather.h"
#include "exocast/gather/run_loop.h"

namespace exocast::bench {
namespace {

using namespace std::chrono_literals;

task<TaskResult> work(std::size_t index) {
  co_await yield();
  co_return result_of(index);
}

struct Bounds {
  Limit limit = Limit::none();
  bool deadline = false;
  Duration per_item = Duration::max();
};

/// Gathers tasks 0 to n-1 on a loop.
template <class Loop>
void run_gather(Loop& loop, std::size_t n, Bounds bounds) {
  const auto all = [](std::size_t n, Bounds bounds) -> task<void> {
    GatherOptions options{.limit = bounds.limit, .per_item = bounds.per_item};
    if (bounds.deadline) options.deadline = Deadline::after((co_await this_context()).scheduler->now(), 10s);
    const auto gathered = co_await gather(std::views::iota(std::size_t{0}, n), work, options);
    check_errors(gathered.count(Reason::error), n);
  };
  if (const auto outcome = loop.run(all(n, bounds)); outcome.exception()) std::rethrow_exception(outcome.exception());
}

template <Frames frames>
void run_bare(BareQueue<frames>& queue, std::size_t n, std::size_t limit, bool has_deadline) {
  const std::vector<TaskResult> results = queue.run(n, limit, has_deadline);
  std::size_t errors = 0;
  for (const TaskResult& result : results) errors += result ? 0 : 1;
  check_errors(errors, n);
}

/// A real clock that notes when the loop has nothing to do but wait for a timer, and then lets the timer fire at once.
class NotingClock final : public ClockSource {
 public:
  TimePoint now() noexcept override { return now_; }
  void sleep_until(TimePoint time) noexcept override {
    now_ = time;
    slept_ = {.wall_ns = wall_clock_ns(), .cpu_ns = process_cpu_ns()};
  }
  Sample since_sleep() const noexcept {
    return {.wall_ns = wall_clock_ns() - slept_.wall_ns, .cpu_ns = process_cpu_ns() - slept_.cpu_ns};
  }

 private:
  TimePoint now_ = Clock::now();
  Sample slept_;
};

/// From the moment the deadline fires while `n` tasks wait until the gather's caller has all outcomes.
Sample cancel_gather(std::size_t n) {
  NotingClock clock;
  RunLoop loop(clock);
  Sample took;
  const auto all = [](std::size_t n, NotingClock& clock, Sample& took) -> task<void> {
    const auto hang = [](std::size_t) -> task<TaskResult> { co_await until_stopped(); };
    const Deadline deadline = Deadline::after((co_await this_context()).scheduler->now(), 1h);
    const auto gathered =
        co_await gather(std::views::iota(std::size_t{0}, n), hang, {.limit = Limit::none(), .deadline = deadline});
    took = clock.since_sleep();
    check_errors(gathered.count(Reason::timed_out) / 64, n);
  };
  if (const auto outcome = loop.run(all(n, clock, took)); outcome.exception()) {
    std::rethrow_exception(outcome.exception());
  }
  return took;
}

Sample cancel_bare(std::size_t n) {
  BareWaiters waiters(n);
  return timed([&] { waiters.cancel_all(); });
}

class Bench {
 public:
  Bench(std::size_t n, const Budget& budget, Table& table) : n_(n), budget_(budget), table_(table) {}

  void compare_with(const std::string& name, const Runner& runner, const std::string& reference_name,
                    const Runner& reference) {
    const Compared wall = compare(runner, reference, budget_).wall_ns;
    table_.add({.name = name,
                .n = n_,
                .value = wall.value / n(),
                .unit = "ns/task",
                .reference = reference_name,
                .reference_value = wall.reference / n()});
  }

  /// Allocations for each task of what `work` does, when it has been done before.
  template <class Work>
  void count_allocations(const std::string& name, Work&& work) {
    if (!counts_allocations()) return;
    work();
    const std::uint64_t before = allocations();
    work();
    table_.add({.name = name, .n = n_, .value = static_cast<double>(allocations() - before) / n(), .unit = "allocs/task"});
  }

 private:
  double n() const { return static_cast<double>(n_); }

  std::size_t n_;
  Budget budget_;
  Table& table_;
};

void bench_size(std::size_t n, const Budget& budget, Table& table) {
  Bench bench(n, budget, table);
  RunLoop loop;
  BareQueue<Frames::heap> heap(n);
  BareQueue<Frames::arena> arena(n);
  const auto gathers = [&](Bounds bounds) -> Runner {
    return [&loop, n, bounds] { return timed([&] { run_gather(loop, n, bounds); }); };
  };
  const auto bare = [n](auto& queue, std::size_t limit, bool has_deadline) -> Runner {
    return [&queue, n, limit, has_deadline] { return timed([&] { run_bare(queue, n, limit, has_deadline); }); };
  };
  const Bounds usual{.limit = 64, .deadline = true};
  const Bounds timed_each{.limit = 64, .deadline = true, .per_item = 5s};
  const std::string bare_limited = "bare queue, limit + deadline";

  bench.compare_with("gather, limit 64 + deadline", gathers(usual), bare_limited, bare(heap, 64, true));
  bench.count_allocations("gather, limit 64 + deadline", [&] { run_gather(loop, n, usual); });
  bench.compare_with("gather, limit 64 + deadline, against arena", gathers(usual), "bare queue in an arena, limit + deadline",
                     bare(arena, 64, true));
  bench.compare_with("gather, plain", gathers({}), "bare queue", bare(heap, 0, false));
  bench.compare_with("gather, limit 64 + both deadlines", gathers(timed_each), bare_limited, bare(heap, 64, true));
  bench.count_allocations("gather, limit 64 + both deadlines", [&] { run_gather(loop, n, timed_each); });
  bench.compare_with("gather, all cancelled at the deadline", [n] { return cancel_gather(n); }, "bare waiters, all told",
                     [n] { return cancel_bare(n); });
}

}  // namespace

void bench_gather(const GatherBench& options, Table& table) {
  const Budget budget = options.quick ? Budget{.seconds = 0.02, .rounds_min = 3} : Budget{};
  for (const std::size_t n : {std::size_t{1000}, std::size_t{100000}}) bench_size(n, budget, table);
}

}  // namespace exocast::bench
