// SPDX-License-Identifier: Apache-2.0
#pragma once
// Scope: the owner of everything that runs. Nothing is detached: a task runs inside the task that awaits it, inside a
// gather, or in a scope; and what outlives a gather's deadline moves into the gather's scope.
//
// The scope counts its live operations. Before shutdown it is drained: asked to stop and waited for, with a bound.
// Whatever still lives when the scope is destroyed is abandoned there: its frames are destroyed where they are
// suspended. Threading: one thread, that of the scheduler. Lifetime: must be outlived by the scheduler and must not be
// destroyed by one of its own tasks.

#include <concepts>
#include <cstddef>
#include <memory>

#include "exocast/gather/event.h"
#include "exocast/gather/outcome.h"
#include "exocast/gather/task.h"

namespace exocast {

class Scope {
 public:
  explicit Scope(Scheduler& scheduler) noexcept : scheduler_(&scheduler) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  /// Stops what is left, and abandons what does not stop at once.
  ~Scope() {
    request_stop();
    while (Member* youngest = members_.front()) youngest->abandon();
  }

  Scheduler& scheduler() const noexcept { return *scheduler_; }

  /// Live operations: spawned tasks, and children of gathers that outlived their deadline.
  std::size_t live() const noexcept { return live_; }

  /// Starts `work` at once, up to its first wait, and tells `on_end(OutcomeOf<T>)` how it ended: a value, what it
  /// threw, or `cancelled` if it was stopped. on_end must not throw. It is not told of work that is abandoned.
  template <class T, class OnEnd>
  void spawn(task<T> work, OnEnd on_end);

  /// The same for work whose end nobody asks about; there, an exception is a bug and terminates.
  void spawn(task<void> work) {
    spawn(std::move(work), [](const Outcome<Unit>& outcome) noexcept {
      if (outcome.exception()) std::terminate();
    });
  }

  /// Asks every live operation to stop, and those that are spawned later, too.
  void request_stop() noexcept { stop_.request(); }

  /// Stops everything and waits until nothing lives or until `deadline`. Returns how many operations live on. To be run
  /// in another scope.
  task<std::size_t> drain(Deadline deadline);

  /// Something with live operations that a scope owns; for those who implement operations.
  class Member : private IntrusiveLink<Member> {
   public:
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    /// Destroys itself, with all that lives in it.
    virtual void abandon() noexcept = 0;

   protected:
    Member() = default;
    ~Member() = default;

   private:
    friend class Scope;
    friend class IntrusiveList<Member>;
    std::size_t live_ = 0;
  };

  /// Takes over `member` with its `live` operations, 1 or more, asked to stop already.
  void adopt(Member& member, std::size_t live) noexcept {
    idle_.reset();
    members_.insert(member, members_.front());
    member.live_ = live;
    live_ += live;
  }

  /// Operations of `member` have ended: `left` live on. With none the member is no longer the scope's.
  void ended(Member& member, std::size_t left) noexcept {
    live_ -= member.live_ - left;
    member.live_ = left;
    if (left == 0) member.unlink();
    if (live_ == 0) idle_.set();
  }

  /// `member` goes with all that lives in it.
  void release(Member& member) noexcept {
    live_ -= member.live_;
    member.unlink();
    if (live_ == 0) idle_.set();
  }

 private:
  template <class T, class OnEnd>
  class Spawned;

  Scheduler* scheduler_;
  IntrusiveList<Member> members_;  // the youngest first
  std::size_t live_ = 0;
  StopSource stop_;
  Event idle_;  // set while nothing lives; drain waits for it
};

/// One spawned task; it owns itself until it ends.
template <class T, class OnEnd>
class Scope::Spawned final : public Member, private Receiver {
 public:
  Spawned(Scope& scope, task<T> work, OnEnd on_end)
      : scope_(scope),
        context_{.scheduler = scope.scheduler_, .stop = &scope.stop_, .scope = &scope},
        work_(std::move(work)),
        on_end_(std::move(on_end)) {}

  void start() noexcept {
    scope_.adopt(*this, 1);
    work_.prepare(context_, *this).resume();
  }

  void abandon() noexcept override {
    scope_.release(*this);
    delete this;
  }

 private:
  std::coroutine_handle<> completed() noexcept override {
    OutcomeOf<T> outcome;
    settle(outcome, work_);
    return end(std::move(outcome));
  }
  std::coroutine_handle<> stopped() noexcept override { return end(OutcomeOf<T>(Reason::cancelled)); }

  std::coroutine_handle<> end(OutcomeOf<T>&& outcome) noexcept {
    OnEnd on_end = std::move(on_end_);
    abandon();
    on_end(std::move(outcome));
    return std::noop_coroutine();
  }

  Scope& scope_;
  Context context_;
  task<T> work_;
  OnEnd on_end_;
};

template <class T, class OnEnd>
void Scope::spawn(task<T> work, OnEnd on_end) {
  (new Spawned<T, OnEnd>(*this, std::move(work), std::move(on_end)))->start();
}

inline task<std::size_t> Scope::drain(Deadline deadline) {
  request_stop();
  while (live_ > 0) {  // again if what ended has spawned more
    co_await idle_.wait(deadline);
    if (deadline.passed(scheduler_->now())) break;
  }
  co_return live_;
}

}  // namespace exocast
