// SPDX-License-Identifier: Apache-2.0
#pragma once
// Interruption: Ctrl-C and its like as a StopSource, so that a command ends early and still says what was achieved. A
// second one ends the process, as if nobody had watched. Threading: inside the loop. Lifetime: the loop outlives it; it
// outlives the task of heed().

#include <optional>

#include "exocast/gather/stop.h"
#include "exocast/signals.h"

namespace exocast {

class Interruption {
 public:
  /// Watches for the signals `numbers` from now on.
  explicit Interruption(AsioLoop& loop, std::initializer_list<int> numbers = {SIGINT, SIGTERM})
      : signals_(std::in_place, loop, numbers) {}

  /// Requests the stop once a signal comes; to be spawned.
  task<void> heed() {
    co_await signals_->next();
    stop_.request();
    signals_.reset();
  }

  StopSource& stop() noexcept { return stop_; }
  bool requested() const noexcept { return stop_.requested(); }

 private:
  std::optional<Signals> signals_;
  StopSource stop_;
};

}  // namespace exocast
