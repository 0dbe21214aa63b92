// SPDX-License-Identifier: Apache-2.0
#pragma once
// ProgressLine: on a terminal, how far a broadcast has come, once it takes long: "12/16 done, 3.2 s left".
//
// One line on standard error that is drawn over itself and wiped away at the end, so that no trace of it is in what is
// kept. Threading: inside the loop. Lifetime: outlives the task of show().

#include <cstddef>

#include "exocast/gather/scheduler.h"
#include "exocast/gather/task.h"
#include "tools/cli/terminal.h"

namespace exocast {

class ProgressLine {
 public:
  /// Shown from then on; who answers sooner needs no progress.
  static constexpr Duration shown_after = std::chrono::milliseconds(500);
  static constexpr Duration redrawn_every = std::chrono::milliseconds(100);

  explicit ProgressLine(const Terminal& standard_error) noexcept : terminal_(standard_error) {}

  /// A broadcast to `receivers` begins, which ends by `deadline`.
  void begin(std::size_t receivers, TimePoint now, Deadline deadline) noexcept;
  /// One of them is settled.
  void settled() noexcept { ++done_; }
  /// So many of them are settled.
  void settled(std::size_t in_all) noexcept { done_ = in_all; }
  /// It is over: the line is wiped.
  void end() noexcept;

  /// Draws until it is stopped; returns at once without a terminal.
  task<void> show();

 private:
  void draw(TimePoint now);

  Terminal terminal_;
  std::size_t receivers_ = 0;  // 0: nothing is under way
  std::size_t done_ = 0;
  TimePoint begun_{};
  Deadline deadline_ = Deadline::never();
  bool drawn_ = false;
};

}  // namespace exocast
