// SPDX-License-Identifier: Apache-2.0
#pragma once
// Event: tasks wait until it is set, or until a deadline.
//
//   Event connected;
//   scope.spawn(connect(connected));                  // calls connected.set()
//   if (!co_await connected.wait(deadline)) give_up();
//
// Once set it stays set until it is reset. Waiting and setting allocate nothing.
// Threading: one thread, no locks. Lifetime: must outlive its waits.

#include "exocast/gather/deadline.h"
#include "exocast/gather/scheduler.h"

namespace exocast {

/// A flag that tasks can wait for.
class Event {
 public:
  class Wait;

  /// True from set() to reset().
  bool is_set() const noexcept { return set_; }

  /// Sets it and posts the waiting tasks, in the order of their waits; runs none of them inside the call.
  inline void set() noexcept;

  /// Makes later waits wait again. Tasks that set() has posted go on; their wait returns whether the event is set then.
  void reset() noexcept { set_ = false; }

  /// `bool set = co_await event.wait(deadline)`: goes on when the event is set, at once if it is, or at the deadline.
  /// True if the event is set by then: an event that is set in the same turn as the deadline counts.
  [[nodiscard]] inline Wait wait(Deadline deadline = Deadline::never()) noexcept;

 private:
  IntrusiveList<Runnable> waiting_;
  bool set_ = false;
};

}  // namespace exocast

#include "exocast/gather/detail/event_wait.h"  // IWYU pragma: export
