// SPDX-License-Identifier: Apache-2.0
// The cases of `bench gather` on Asio. A separate file because Asio's headers are large.
//
// Cancellation is left out: a cancelled co_spawn of Boost 1.81 uses memory after it is freed.

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "bench/gather_cases.h"
#include "exocast/asio_loop.h"

namespace exocast::bench {
namespace {

namespace asio = boost::asio;

void check(const std::vector<TaskResult>& results) {
  const auto errors = std::ranges::count_if(results, [](const TaskResult& result) { return !result; });
  check_errors(static_cast<std::size_t>(errors), results.size());
}

/// The lower bound on Asio: per task, a posted handler posts a handler that stores the result.
void run_posts(asio::io_context& context, std::size_t n) {
  std::vector<TaskResult> results(n);
  for (std::size_t index = 0; index < n; ++index) {
    asio::post(context, [&results, &context, index] {
      asio::post(context, [&results, index] { results[index] = result_of(index); });
    });
  }
  context.restart();
  context.run();
  check(results);
}

asio::awaitable<TaskResult> yield_once_on_asio(std::size_t index) {
  co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
  co_return result_of(index);
}

/// A coroutine per task, at most 64 at once; each completion starts the next.
class Spawned {
 public:
  Spawned(asio::io_context& context, std::size_t n) : context_(context), results_(n) {
    while (started_ < std::min<std::size_t>(64, n)) start_next();
    context_.restart();
    context_.run();
    check(results_);
  }

 private:
  void start_next() {
    const std::size_t index = started_++;
    asio::co_spawn(context_, yield_once_on_asio(index),
                   [this, index](const std::exception_ptr& thrown, TaskResult result) {
                     if (thrown) std::rethrow_exception(thrown);
                     results_[index] = std::move(result);
                     if (started_ < results_.size()) start_next();
                   });
  }

  asio::io_context& context_;
  std::vector<TaskResult> results_;
  std::size_t started_ = 0;
};

asio::awaitable<void> take_turns(std::size_t& next, std::vector<TaskResult>& results) {
  while (next < results.size()) {
    const std::size_t index = next++;
    results[index] = co_await yield_once_on_asio(index);
  }
}

/// 64 coroutines that take one task after another: the usual hand-written limit.
void run_workers(asio::io_context& context, std::size_t n) {
  std::vector<TaskResult> results(n);
  std::size_t next = 0;
  for (int worker = 0; worker < 64; ++worker) {
    asio::co_spawn(context, take_turns(next, results), [](const std::exception_ptr& thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
  }
  context.restart();
  context.run();
  check(results);
}

/// Asio's own gather, which has no limit, with a timer that would cancel it.
void run_parallel_group(asio::io_context& context, std::size_t n) {
  const auto operation = [&](std::size_t index) {
    return asio::co_spawn(context, yield_once_on_asio(index), asio::deferred);
  };
  std::vector<decltype(operation(0))> operations;
  operations.reserve(n);
  for (std::size_t index = 0; index < n; ++index) operations.push_back(operation(index));

  std::vector<TaskResult> results;
  asio::cancellation_signal stop;
  asio::steady_timer timer(context, std::chrono::seconds(10));
  timer.async_wait([&stop](const boost::system::error_code& cancelled) {
    if (!cancelled) stop.emit(asio::cancellation_type::terminal);
  });
  asio::experimental::make_parallel_group(std::move(operations))
      .async_wait(asio::experimental::wait_for_all(),
                  asio::bind_cancellation_slot(
                      stop.slot(), [&](const std::vector<std::size_t>& /*order*/,
                                       const std::vector<std::exception_ptr>& /*thrown*/, std::vector<TaskResult> all) {
                        results = std::move(all);
                        timer.cancel();
                      }));
  context.restart();
  context.run();
  check(results);
}

}  // namespace

void bench_gather_on_asio(GatherCases& cases) {
  const std::size_t n = cases.n();
  AsioLoop loop;
  asio::io_context context(1);
  const Runner ours = [&] { return timed([&] { run_gather(loop, n, usual); }); };
  const auto theirs = [&](auto run) -> Runner { return [&, run] { return timed([&] { run(context, n); }); }; };
  cases.compare_with("gather on AsioLoop, limit 64 + deadline", ours, "asio::post, two a task", theirs(run_posts));

  const char* reference = "gather on AsioLoop, limit 64 + deadline";
  cases.compare_with("peer: Asio, 64 worker coroutines", theirs(run_workers), reference, ours);
  cases.compare_with("peer: Asio, co_spawn a task, limit 64",
                     theirs([](asio::io_context& on, std::size_t tasks) { Spawned(on, tasks); }), reference, ours);
  cases.compare_with("peer: Asio, parallel_group + deadline", theirs(run_parallel_group), reference, ours);
}

}  // namespace exocast::bench
