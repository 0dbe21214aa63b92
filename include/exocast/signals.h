// SPDX-License-Identifier: Apache-2.0
#pragma once
// Signals: awaits SIGINT, SIGTERM and their like in a task, so that Ctrl-C is an event like any other.
//
//   Signals signals(loop);
//   int number = co_await signals.next();  // SIGINT or SIGTERM
//
// While a Signals object lives, its signals do not end the process; afterwards they do again. Several objects may live
// at once, and each one gets the signal. The process's signal handler only records the signal.
// Threading: next() is awaited inside the loop; made and destroyed on any thread. Lifetime: the loop outlives it; it
// outlives its waits.

#include <csignal>
#include <initializer_list>
#include <memory>

#include "exocast/asio_loop.h"

namespace exocast {

/// Watches for a set of signals.
class Signals {
 public:
  /// Watches for the signals `numbers`. Throws boost::system::system_error for a number that cannot be caught
  /// (SIGKILL).
  explicit Signals(AsioLoop& loop, std::initializer_list<int> numbers = {SIGINT, SIGTERM});
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// Waits for one of the signals and returns its number. A signal that came while no task waited is not lost.
  task<int> next();

 private:
  struct Set;
  std::unique_ptr<Set> set_;
};

}  // namespace exocast
