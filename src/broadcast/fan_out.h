// SPDX-License-Identifier: Apache-2.0
#pragma once
// FanOut: one message to all receivers at once, until all have answered or its deadline comes. Promise: completes the
// tickets. Internal: see broadcaster.h.
//
// It replaces a gather with one task per receiver where there is neither a limit nor a policy. A receiver costs it a
// place in its Broadcast, and an item only if something went wrong there. Threading: that of the scheduler.

#include <cstddef>
#include <memory>
#include <utility>

#include "broadcast/broadcast.h"
#include "exocast/gather/detail/suspension.h"
#include "exocast/gather/scope.h"
#include "exocast/ticket.h"

namespace exocast::detail {

/// The error of work that outlives its broadcaster.
DeliveryError closing();

/// Completes a publication with its report, also if the broadcaster abandons the work.
class Promise {
 public:
  Promise(std::shared_ptr<Publication> publication, std::shared_ptr<Broadcast> broadcast) noexcept
      : publication_(std::move(publication)), broadcast_(std::move(broadcast)) {}
  Promise(Promise&&) noexcept = default;
  Promise& operator=(Promise&&) = delete;
  ~Promise();

  /// Call it when all outcomes are known.
  void keep(bool satisfied) noexcept;

  Broadcast& broadcast() const noexcept { return *broadcast_; }

 private:
  bool wanted() const noexcept { return publication_.use_count() > 1; }

  std::shared_ptr<Publication> publication_;
  std::shared_ptr<Broadcast> broadcast_;
};

/// Lifetime: the broadcast outlives it.
class FanOut : private Broadcast::Listener, private Runnable, private Timer {
 protected:
  /// Of `broadcast`, which must be is_plain().
  FanOut(Scheduler& scheduler, Broadcast& broadcast) noexcept : scheduler_(scheduler), broadcast_(broadcast) {}
  ~FanOut() = default;

  /// Sends it; told() is called at least once meanwhile.
  void begin() noexcept;

  /// Outcomes were told, or there were none to tell. It may be destroyed in here.
  virtual void told() noexcept = 0;

  /// Inside a call of the user, who is being told an outcome: it must not be destroyed.
  bool telling() const noexcept { return telling_; }

  /// All outcomes are known and told; then it is satisfied() if not too many have failed.
  bool over() const noexcept { return broadcast_.is_over(); }
  bool satisfied() const noexcept { return broadcast_.tolerates(broadcast_.failed()); }

 private:
  void settled(LaneItem& item) noexcept override { broadcast_.note(item.place()); }
  void has_outcomes() noexcept override;
  void fired() noexcept override { has_outcomes(); }
  void run() noexcept override;

  Scheduler& scheduler_;
  Broadcast& broadcast_;
  bool telling_ = false;
};

/// Without waiting: what publish() starts. The scope owns it until it has ended.
class PublishedFanOut final : public Scope::Member, private FanOut {
 public:
  /// Sends the broadcast of `promise`.
  static void start(Scope& scope, Promise promise);

  static void* operator new(std::size_t bytes) { return FrameCache::allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept { FrameCache::release(memory, bytes); }

 private:
  PublishedFanOut(Scope& scope, Promise promise) noexcept
      : FanOut(scope.scheduler(), promise.broadcast()), scope_(scope), promise_(std::move(promise)) {}

  void told() noexcept override;
  void abandon() noexcept override;

  Scope& scope_;
  Promise promise_;
};

/// `bool satisfied = co_await AwaitedFanOut(scheduler, broadcast);`: sends it and waits for all outcomes.
class AwaitedFanOut final : public Suspension, private FanOut {
 public:
  AwaitedFanOut(Scheduler& scheduler, Broadcast& broadcast) noexcept : FanOut(scheduler, broadcast) {}

  bool await_ready() noexcept {
    begin();
    return over();
  }
  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    if (!suspend(handle)) return stop();
    return std::noop_coroutine();
  }
  bool await_resume() const noexcept { return satisfied(); }

 private:
  void told() noexcept override {
    if (stop_asked_) return stop().resume();
    if (over() && suspended()) resume();
  }
  void on_stop() noexcept override {
    stop_asked_ = true;
    if (!telling()) told();
  }

  bool stop_asked_ = false;
};

}  // namespace exocast::detail
