// SPDX-License-Identifier: Apache-2.0
#pragma once
// The smallest pieces of work that the tests of gather give it. One thread.

#include <functional>

#include "exocast/gather/run_loop.h"
#include "exocast/gather/wait.h"

namespace exocast::test {

constexpr Duration never = Duration::max();

inline task<Duration> after(Duration delay) {
  co_await sleep_for(delay);
  co_return delay;
}

/// Two sleeps, so that the timer of the second is armed after the gather's own.
inline task<Duration> after_in_two_steps(Duration delay) {
  co_await sleep_for(delay / 2);
  co_await sleep_for(delay - delay / 2);
  co_return delay;
}

inline task<int> value_after(Duration delay, int value) {
  co_await sleep_for(delay);
  co_return value;
}

inline task<void> sleep(Duration delay) { co_await sleep_for(delay); }

inline task<void> at(Deadline time, std::function<void()> what) {
  co_await sleep_until(time);
  what();
}

/// Turns the loop until nothing is left to do.
inline void run_all(RunLoop& loop) {
  while (loop.turn()) {
  }
}

}  // namespace exocast::test
