// SPDX-License-Identifier: Apache-2.0
#pragma once
// Signals: awaits SIGINT, SIGTERM and their like in a task, so that Ctrl-C is an event like any other.
//
// While a Signals lives, its signals do not end the process; afterwards they do again as usual. Several may live at
// once, each is told. The process's signal handler only notes the signal; all else runs inside the loop.
// Threading: next() is awaited inside the loop; made and destroyed on any thread.
// Lifetime: outlived by its loop; outlives its waits.

#include <csignal>
#include <initializer_list>
#include <memory>

#include "exocast/asio_loop.h"

namespace exocast {

class Signals {
 public:
  /// Watches for the signals `numbers`. Throws boost::system::system_error for a number that cannot be caught
  /// (SIGKILL).
  explicit Signals(AsioLoop& loop, std::initializer_list<int> numbers = {SIGINT, SIGTERM});
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

  /// Waits for one of them; its number. One that came while nobody waited is not lost.
  task<int> next();

 private:
  struct Set;
  std::unique_ptr<Set> set_;
};

}  // namespace exocast
