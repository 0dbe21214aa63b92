// SPDX-License-Identifier: Apache-2.0
#pragma once
// The basic waits of a task.
//
//   co_await sleep_for(5ms);
//   co_await yield();
//
// Each ends when the task is asked to stop: then the task does not go on. None allocates memory.
// Threading: the thread of the task's scheduler.

#include "exocast/gather/deadline.h"

namespace exocast {

class Yield;
class Sleep;
class UntilStopped;

/// `co_await yield()`: goes on after everything that is ready now has run. A task that is asked to stop meanwhile stops
/// when its turn comes.
[[nodiscard]] Yield yield() noexcept;

/// `co_await sleep_until(deadline)`: goes on at `until`, or in the next turn if that has passed. At `Deadline::never()`
/// it only ends by a stop.
[[nodiscard]] Sleep sleep_until(Deadline until) noexcept;

/// `co_await sleep_for(5ms)`: goes on `timeout` from now; with zero or less in the next turn of the loop.
[[nodiscard]] Sleep sleep_for(Duration timeout) noexcept;

/// `co_await until_stopped()`: never goes on; the task stops when it is asked to.
[[nodiscard]] UntilStopped until_stopped() noexcept;

}  // namespace exocast

#include "exocast/gather/detail/waits.h"  // IWYU pragma: export
