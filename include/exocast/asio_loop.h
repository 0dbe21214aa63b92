// SPDX-License-Identifier: Apache-2.0
#pragma once
// AsioLoop: a Scheduler in real time and with real sockets, on a Boost.Asio io_context.
//
//   AsioLoop loop;
//   Outcome<int> outcome = loop.run(serve(loop));  // blocks until the task has ended
//
// Each turn completes the I/O that is ready, fires the timers that are due, then runs what was ready. So a completion
// that is ready in the same turn as a deadline comes first. Asio only waits, with one timer for the earliest of ours.
// Threading: only a thread *inside* the loop may use what belongs to it: the thread in run(), except while it waits, or
// a thread that holds an Entry. A foreign thread that enters instead of posting saves the hop to the loop's thread.
// Lifetime: outlives its scopes, tasks, entries and the I/O objects on its context. run() may be called repeatedly.

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>

#include "exocast/gather/detail/frame_cache.h"
#include "exocast/gather/detail/ready_queue.h"
#include "exocast/gather/scope.h"

namespace boost::asio {
class io_context;
}

namespace exocast {

/// Runs tasks on the thread that calls run(), and I/O completions also on threads that enter.
class AsioLoop final : public Scheduler {
 public:
  /// Runnables that run before I/O and timers are checked again; as in RunLoop.
  static constexpr std::size_t turn_runs_max = 64;
  /// I/O completions that run before timers are checked: twice the 128 events of one epoll_wait in Asio.
  static constexpr std::size_t turn_handlers_max = 256;
  /// Runnables that run at the end of an Entry; the loop's thread runs the rest. So tasks that keep posting cannot hold
  /// a foreign thread forever.
  static constexpr std::size_t entry_runs_max = 256;

  class Entry;

  /// Throws boost::system::system_error when the process is out of file descriptors.
  AsioLoop();
  AsioLoop(const AsioLoop&) = delete;
  AsioLoop& operator=(const AsioLoop&) = delete;
  ~AsioLoop();

  /// The io_context for the I/O objects of tasks. Only run() runs it; never stop() it.
  boost::asio::io_context& context() noexcept;

  /// Runs `work` to its end in a scope of its own, then drains the scope for `drain_timeout` at most. Returns its
  /// value, what it threw or returned as an error, or `cancelled` if it was stopped. One run at a time, from any thread
  /// that is not inside. Between runs nothing runs except what an Entry made ready.
  template <class T>
  OutcomeOf<T> run(task<T> work, Duration drain_timeout = std::chrono::seconds(1));

  /// Stops the task in run(), or the next one if none runs: soon, not inside this call, so any task may call it. From
  /// any thread, inside or not, but not from a signal handler (await the signal with Signals, signals.h).
  void request_stop() noexcept;

  /// Waits until this thread may enter. It is inside as long as the Entry lives.
  [[nodiscard]] Entry enter() noexcept;

  /// Whether the calling thread is inside.
  bool inside() const noexcept { return owner_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

  TimePoint coarse_now() const noexcept override;                ///< as in Scheduler
  void post(Runnable& runnable) noexcept override;               ///< as in Scheduler; inside the loop only
  void wake_at(Timer& timer, TimePoint time) noexcept override;  ///< as in Scheduler; inside the loop only
  void cancel(Timer& timer) noexcept override;                   ///< as in Scheduler; inside the loop only

 private:
  class Running;
  struct Asio;
  struct Stop final : Runnable {
    explicit Stop(AsioLoop& loop) noexcept : loop(loop) {}
    void run() noexcept override { loop.stop_if_asked(); }
    AsioLoop& loop;
  };

  // Being inside.
  bool come_in() noexcept;
  void go_out() noexcept;
  void acquire() noexcept;
  void release() noexcept;

  // The loop's thread.
  void turn_until(const bool& done) noexcept;
  void turn() noexcept;
  void wait() noexcept;
  void run_handlers() noexcept;
  void fire_due() noexcept;
  bool due() const noexcept { return timers_.next() <= now_; }
  void stop_if_asked() noexcept;

  // Asio's timer and the loop's thread, while that waits.
  void arm() noexcept;
  void wake() noexcept;

  std::unique_ptr<Asio> asio_;

  std::mutex turnstile_;  // held while waiting for mutex_: else the loop's thread would always enter before the others
  std::mutex mutex_;      // held by the thread inside
  std::atomic<std::thread::id> owner_{};  // the thread inside

  // Touched only inside.
  FrameCache::Store frames_;  // one store for all threads: frames are often released in another thread
  ReadyQueue ready_;
  TimerQueue timers_;
  TimerQueue next_turn_;  // armed by a firing timer for now or earlier
  bool firing_ = false;
  std::uint64_t armed_ = 0;
  TimePoint asio_armed_ = TimePoint::max();  // what Asio's timer is armed for

  std::thread::id runner_{};  // the thread in run()
  Scope* scope_ = nullptr;    // of the task in run()
  const bool* done_ = nullptr;
  bool waiting_ = false;  // the runner waits or is about to, and was not woken yet
  bool stop_asked_ = false;
  Stop stop_{*this};
};

/// Keeps the calling thread inside the loop while it lives. The thread may resume tasks, use what belongs to the loop,
/// post and arm timers; now() is the time of entering. Its end runs up to entry_runs_max runnables and wakes the loop's
/// thread for the rest. Inside another Entry of the same thread, or in run(), it does nothing. Keep it short: no other
/// thread can enter meanwhile.
class AsioLoop::Entry {
 public:
  explicit Entry(AsioLoop& loop) noexcept : loop_(loop), came_in_(loop.come_in()) {}  ///< enters
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  ~Entry() {
    if (came_in_) loop_.go_out();
  }

 private:
  AsioLoop& loop_;
  bool came_in_;
};

inline AsioLoop::Entry AsioLoop::enter() noexcept { return Entry(*this); }

/// Makes the calling thread the loop's thread while it lives.
class AsioLoop::Running {
 public:
  explicit Running(AsioLoop& loop) noexcept;  ///< enters
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();

  /// Makes request_stop() stop `scope` from now on.
  void stops(Scope& scope) noexcept;

 private:
  AsioLoop& loop_;
};

template <class T>
OutcomeOf<T> AsioLoop::run(task<T> work, Duration drain_timeout) {
  OutcomeOf<T> result(Reason::cancelled);
  bool ended = false;
  bool drained = false;
  Running running(*this);
  Scope draining(*this);
  Scope scope(*this);
  running.stops(scope);
  scope.spawn(std::move(work), [&](OutcomeOf<T> outcome) noexcept {
    result = std::move(outcome);
    ended = true;
  });
  turn_until(ended);
  draining.spawn(scope.drain(Deadline::after(now(), drain_timeout)), [&](const auto&) noexcept { drained = true; });
  turn_until(drained);
  return result;
}

}  // namespace exocast
