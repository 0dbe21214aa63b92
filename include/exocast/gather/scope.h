// SPDX-License-Identifier: Apache-2.0
#pragma once
// Scope: owns everything that runs beside the task that started it.
//
//   Scope scope(loop);
//   scope.spawn(serve());
//   std::size_t left = *loop.run(scope.drain(Deadline::after(loop.now(), 1s)));  // 0: all have ended
//
// Nothing is detached. A task runs inside the task that awaits it, inside a gather, or in a scope; a child of a gather
// that outlives the deadline moves into the scope. The scope counts its live operations. Before shutdown it is drained:
// asked to stop and waited for, with a bound. Operations that still live when it is destroyed are abandoned: their
// frames are destroyed where they are suspended. Threading: one thread, that of the scheduler. Lifetime: the scheduler
// outlives it; none of its own tasks may destroy it.

#include <cassert>
#include <cstddef>

#include "exocast/gather/event.h"
#include "exocast/gather/outcome.h"
#include "exocast/gather/task.h"

namespace exocast {

/// Runs tasks, counts them, stops them together and waits for them.
class Scope {
 public:
  class Member;

  /// An empty scope, whose tasks run on `scheduler`.
  explicit Scope(Scheduler& scheduler) noexcept : scheduler_(&scheduler) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  /// Stops the live operations, and abandons those that do not stop at once.
  inline ~Scope();

  /// Runs its tasks.
  Scheduler& scheduler() const noexcept { return *scheduler_; }

  /// Live operations: spawned tasks, and children of gathers that outlived their deadline.
  std::size_t live() const noexcept { return live_; }

  /// Starts `work` at once, up to its first wait. When it has ended, calls `on_end(OutcomeOf<T>)`: with its value, what
  /// it threw, or `cancelled` if it was stopped. `on_end` must not throw. It is not called for abandoned work.
  template <class T, class OnEnd>
  void spawn(task<T> work, OnEnd on_end);

  /// The same for work whose end nobody waits for. An exception of such work is a bug, and terminates the program.
  inline void spawn(task<void> work);

  /// Asks every live operation to stop, and each one that is spawned later, too.
  void request_stop() noexcept { stop_.request(); }

  /// Stops all operations and waits until none lives, or until `deadline`. Returns how many still live. To be
  /// run in another scope.
  inline task<std::size_t> drain(Deadline deadline);

  // For implementers of operations.

  /// Takes over `member` with its `live` operations, 1 or more, which are asked to stop already.
  inline void adopt(Member& member, std::size_t live) noexcept;

  /// Of the operations of `member`, `left` live on. With 0 the member leaves the scope.
  inline void ended(Member& member, std::size_t left) noexcept;

  /// `member` leaves with all its operations.
  inline void release(Member& member) noexcept;

 private:
  template <class T, class OnEnd>
  class Spawned;

  Scheduler* scheduler_;
  IntrusiveList<Member> members_;  // the youngest first
  std::size_t live_ = 0;
  StopSource stop_;
  Event idle_;  // set while nothing lives; drain waits for it
};

/// A group of live operations that a scope owns; for implementers of operations.
class Scope::Member : private IntrusiveLink<Member> {
 public:
  Member(const Member&) = delete;
  Member& operator=(const Member&) = delete;

  /// Leaves the scope with release(), and destroys itself with all its operations.
  virtual void abandon() noexcept = 0;

 protected:
  Member() = default;
  ~Member() = default;

 private:
  friend class Scope;
  friend class IntrusiveList<Member>;
  std::size_t live_ = 0;
};

}  // namespace exocast

#include "exocast/gather/detail/spawned.h"  // IWYU pragma: export
