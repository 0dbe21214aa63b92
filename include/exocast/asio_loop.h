// SPDX-License-Identifier: Apache-2.0
#pragma once
// AsioLoop: the Scheduler of real time and real sockets, on a Boost.Asio io_context.
//
// Each turn lets the I/O that is ready complete, fires the timers that are due, then runs what was ready: so a
// completion that is ready in the same turn as a deadline comes first. Tasks and timers use the intrusive queues of the
// heart; Asio is asked only to wait, with one timer of its own for the soonest of ours.
// Threading: all that belongs to the loop is touched only by a thread *inside* it: the one in run(), except while it
// waits, or one that holds an Entry. Entering instead of posting spares a foreign thread's completion the hop to the
// loop's thread.
// Lifetime: outlives its scopes, tasks, entries and the I/O objects on its context. It may run() again and again.

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

class AsioLoop final : public Scheduler {
 public:
  /// How much of what is ready runs before I/O and timers are looked at again: as in RunLoop.
  static constexpr std::size_t turn_runs_max = 64;
  /// How many I/O completions run before timers are looked at: twice what one epoll_wait of Asio brings (128).
  static constexpr std::size_t turn_handlers_max = 256;
  /// How much of what is ready runs at the end of an Entry; the loop's thread does the rest. Keeps a foreign thread
  /// from being held for good by tasks that post and post.
  static constexpr std::size_t entry_runs_max = 256;

  class Entry;

  /// Throws boost::system::system_error when the process is out of file descriptors.
  AsioLoop();
  AsioLoop(const AsioLoop&) = delete;
  AsioLoop& operator=(const AsioLoop&) = delete;
  ~AsioLoop();

  /// For the I/O objects of tasks. Only run() runs it; do not stop() it.
  boost::asio::io_context& context() noexcept;

  /// Runs `work` to its end in a scope of its own, which is drained before this returns, for `drain_timeout` at most.
  /// The outcome: its value, what it threw or returned as an error, or `cancelled` if it was stopped. One run at a
  /// time, from any thread. Between runs nothing runs but what an Entry made ready.
  template <class T>
  OutcomeOf<T> run(task<T> work, Duration drain_timeout = std::chrono::seconds(1));

  /// Stops the task in run(), if none runs the next one. It is stopped soon, not inside this call, so any task may ask
  /// for it. From any thread, inside or not, but not from a signal handler (await the signal with Signals, signals.h).
  void request_stop() noexcept;

  /// Waits until this thread may come inside, and is inside for as long as the Entry lives: see there.
  [[nodiscard]] Entry enter() noexcept;

  /// Whether the calling thread is inside.
  bool inside() const noexcept { return owner_.load(std::memory_order_relaxed) == std::this_thread::get_id(); }

  // Only from inside the loop.

  void post(Runnable& runnable) noexcept override;
  void wake_at(Timer& timer, TimePoint time) noexcept override;
  void cancel(Timer& timer) noexcept override;

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

  std::mutex
      turnstile_;  // held by the one that is next; without it the loop's thread would come in again before all others
  std::mutex mutex_;                      // held by the one inside
  std::atomic<std::thread::id> owner_{};  // who is inside

  // Touched only inside.
  FrameCache::Store frames_;  // the frames a task makes in one thread are often released in another
  ReadyQueue ready_;
  TimerQueue timers_;
  TimerQueue next_turn_;  // what a firing timer armed for now or earlier
  bool firing_ = false;
  std::uint64_t armed_ = 0;
  TimePoint asio_armed_ = TimePoint::max();  // what Asio's timer is armed for

  std::thread::id runner_{};  // the thread in run()
  Scope* scope_ = nullptr;    // of the task in run()
  const bool* done_ = nullptr;
  bool waiting_ = false;  // the runner waits, or is about to, and nobody has woken it yet
  bool stop_asked_ = false;
  Stop stop_{*this};
};

/// Makes a thread a part of the loop while it lives, with a now() of its own: it may resume tasks, touch what belongs
/// to the loop, post and arm timers. At its end what became ready is run, up to entry_runs_max, and the loop's thread
/// is told of the rest. Inside another Entry of the same thread, or in run(), it does nothing. Keep it short: the loop
/// stands still for others.
class AsioLoop::Entry {
 public:
  explicit Entry(AsioLoop& loop) noexcept : loop_(loop), came_in_(loop.come_in()) {}
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

/// The calling thread is the loop's, and inside but while it waits.
class AsioLoop::Running {
 public:
  explicit Running(AsioLoop& loop) noexcept;
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();

  /// What request_stop() stops from now on.
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
