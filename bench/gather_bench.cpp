// SPDX-License-Identifier: Apache-2.0
#include "bench/gather_bench.h"

#include "bench/bare_queue.h"
#include "bench/gather_cases.h"
#include "bench/gather_peers.h"
#include "exocast/gather/run_loop.h"

namespace exocast::bench {
namespace {

using namespace std::chrono_literals;

template <Frames frames>
void run_bare(BareQueue<frames>& queue, std::size_t n, std::size_t limit, bool has_deadline) {
  const std::vector<TaskResult> results = queue.run(n, limit, has_deadline);
  std::size_t errors = 0;
  for (const TaskResult& result : results) errors += result ? 0 : 1;
  check_errors(errors, n);
}

/// A clock that records when the loop only waits for a timer, and then fires that timer at once.
class NotingClock final : public ClockSource {
 public:
  TimePoint now() noexcept override { return now_; }
  void sleep_until(TimePoint time) noexcept override {
    now_ = time;
    wall_ns_ = wall_clock_ns();
    cpu_ns_ = process_cpu_ns();
  }
  Sample since_sleep() const noexcept {
    return {.wall_ns = wall_clock_ns() - wall_ns_, .cpu_ns = process_cpu_ns() - cpu_ns_};
  }

 private:
  TimePoint now_ = Clock::now();
  double wall_ns_ = 0;
  double cpu_ns_ = 0;
};

/// The time from the deadline, with `n` tasks waiting, until the caller has all outcomes.
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
    if (gathered.count(Reason::timed_out) != n) throw std::logic_error("bench: a task outlived its deadline");
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

void bench_on_run_loop(GatherCases& cases, OwnTimes& own) {
  const std::size_t n = cases.n();
  RunLoop loop;
  BareQueue<Frames::heap> heap(n);
  BareQueue<Frames::arena> arena(n);
  const auto gathers = [&](Bounds bounds) -> Runner {
    return [&loop, n, bounds] { return timed([&] { run_gather(loop, n, bounds); }); };
  };
  const auto bare = [n](auto& queue, std::size_t limit, bool has_deadline) -> Runner {
    return [&queue, n, limit, has_deadline] { return timed([&] { run_bare(queue, n, limit, has_deadline); }); };
  };
  Bounds timed_each = usual;
  timed_each.per_item = 5s;

  const double ours =
      cases.compare_with(gather_name, gathers(usual), "bare queue, limit + deadline", bare(heap, 64, true));
  own[{"gather", n}] = {.name = gather_name, .value = ours};
  cases.count_allocations("gather, limit 64 + deadline, allocations", [&] { run_gather(loop, n, usual); });
  cases.compare_with("gather, limit 64 + deadline, vs arena", gathers(usual), "bare queue in an arena",
                     bare(arena, 64, true));
  cases.compare_with("gather, limit 64 + deadline + per item", gathers(timed_each), "bare queue, limit + deadline",
                     bare(heap, 64, true));
  cases.compare_with("gather, plain", gathers({}), "bare queue, plain", bare(heap, 0, false));
  const std::string cancel_name = "gather, all cancelled at the deadline";
  const double cancelled = cases.compare_with(
      cancel_name, [n] { return cancel_gather(n); }, "bare waiters, all told", [n] { return cancel_bare(n); });
  own[{"cancel", n}] = {.name = cancel_name, .value = cancelled};
}

}  // namespace

void bench_gather(const GatherBench& options, Table& table) {
  const Budget budget = options.quick ? Budget{.seconds = 0.02, .rounds_min = 3} : Budget{};
  using Sizes = std::vector<std::size_t>;
  const Sizes sizes = options.quick ? Sizes{100, 1000} : Sizes{1000, 100'000};
  OwnTimes own;
  for (const std::size_t n : sizes) {
    GatherCases cases(n, budget, table);
    bench_on_run_loop(cases, own);
    bench_gather_on_asio(cases);
  }
  if (!options.quick) bench_gather_peers(options.peers, budget.seconds, own, table);
}

}  // namespace exocast::bench
