// SPDX-License-Identifier: Apache-2.0
#include "exocast/asio_loop.h"

#include <algorithm>
#include <cassert>
#include <ctime>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace exocast {

namespace asio = boost::asio;

struct AsioLoop::Asio {
  asio::io_context context{1};  // a single thread, so Asio never wakes another
  asio::executor_work_guard<asio::io_context::executor_type> work = asio::make_work_guard(context);
  asio::steady_timer timer{context};
};

AsioLoop::AsioLoop() : Scheduler(Clock::now()), asio_(std::make_unique<Asio>()) {}
AsioLoop::~AsioLoop() = default;

asio::io_context& AsioLoop::context() noexcept { return asio_->context; }

/// The kernel's time of its last tick: a quarter of the cost of the exact time.
TimePoint AsioLoop::coarse_now() const noexcept {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  const auto since_boot = std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  return std::max(now_, TimePoint(std::chrono::duration_cast<Duration>(since_boot)));
}

void AsioLoop::post(Runnable& runnable) noexcept {
  assert(inside());
  ready_.push_back(runnable);
}

void AsioLoop::wake_at(Timer& timer, TimePoint time) noexcept {
  assert(inside());
  // Timers that a firing timer arms for now or earlier wait for the next turn; otherwise firing might never end.
  (firing_ && time <= now_ ? next_turn_ : timers_).arm(timer, time, ++armed_);
}

void AsioLoop::cancel(Timer& timer) noexcept {
  assert(inside());
  timer.disarm();
}

void AsioLoop::request_stop() noexcept {
  const Entry entry = enter();
  stop_asked_ = true;
  if (!stop_.queued()) post(stop_);
}

void AsioLoop::stop_if_asked() noexcept {
  if (scope_ != nullptr && std::exchange(stop_asked_, false)) scope_->request_stop();
}

// Entering the loop.

void AsioLoop::acquire() noexcept {
  {
    const std::lock_guard next(turnstile_);
    mutex_.lock();
  }
  owner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  FrameCache::swap(frames_);
  now_ = Clock::now();
}

void AsioLoop::release() noexcept {
  FrameCache::swap(frames_);
  owner_.store({}, std::memory_order_relaxed);
  mutex_.unlock();
}

bool AsioLoop::come_in() noexcept {
  if (inside()) return false;
  acquire();
  return true;
}

void AsioLoop::go_out() noexcept {
  // The loop's own thread entered for an I/O completion: it stays inside and continues with its turn.
  if (runner_ == std::this_thread::get_id()) return;
  for (std::size_t ran = 0; !ready_.empty() && ran < entry_runs_max;) ran += ready_.run_batch(turn_runs_max);
  if (waiting_) {
    arm();
    if (*done_ || !ready_.empty()) wake();
  }
  release();
}

// The loop's thread.

AsioLoop::Running::Running(AsioLoop& loop) noexcept : loop_(loop) {
  assert(!loop_.inside());
  loop_.acquire();
  assert(loop_.runner_ == std::thread::id());
  loop_.runner_ = std::this_thread::get_id();
}

AsioLoop::Running::~Running() {
  loop_.scope_ = nullptr;
  loop_.stop_asked_ = false;
  loop_.runner_ = {};
  loop_.go_out();
}

void AsioLoop::Running::stops(Scope& scope) noexcept {
  loop_.scope_ = &scope;
  loop_.stop_if_asked();
}

void AsioLoop::turn_until(const bool& done) noexcept {
  done_ = &done;
  while (!done) turn();
}

void AsioLoop::turn() noexcept {
  wait();
  if (!ready_.empty() || due()) run_handlers();
  fire_due();
  ready_.run_batch(turn_runs_max);
}

/// Releases the loop so that other threads can enter; if there is no work, sleeps until there is some.
void AsioLoop::wait() noexcept {
  waiting_ = ready_.empty() && !due();
  if (!waiting_) {
    release();
    acquire();
    return;
  }
  arm();
  release();
  const bool stopped = asio_->context.run_one() == 0;
  come_in();  // unless the completion entered
  waiting_ = false;
  if (stopped) asio_->context.restart();
}

void AsioLoop::run_handlers() noexcept {
  for (std::size_t ran = 0; ran < turn_handlers_max && asio_->context.poll_one() > 0;) ++ran;
}

void AsioLoop::fire_due() noexcept {
  firing_ = true;
  while (Timer* timer = timers_.pop_due(now_)) timer->fired();
  firing_ = false;
  while (Timer* later = next_turn_.pop_due(now_)) timers_.arm(*later, later->time(), ++armed_);
}

// Waking the loop's thread while it sleeps.

/// Moves Asio's timer only to an earlier time: a needless wake is cheaper than moving it for each of our timers.
void AsioLoop::arm() noexcept {
  // Reads the clock, not now_: the timer may have fired in a handler of this turn, after now_ was read.
  if (asio_armed_ <= Clock::now()) asio_armed_ = TimePoint::max();  // it has fired, or is about to
  const TimePoint next = timers_.next();
  if (next >= asio_armed_) return;
  asio_armed_ = next;
  asio_->timer.expires_at(next);
  asio_->timer.async_wait([](const boost::system::error_code&) {});  // no action: the turn finds the work
}

void AsioLoop::wake() noexcept {
  waiting_ = false;
  asio::post(asio_->context, [] {});
}

}  // namespace exocast
