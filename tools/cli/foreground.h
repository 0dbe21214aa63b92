// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a foreground command needs around its task: Ctrl-C, a progress line, and the task's result.
//
//   Interruption interruption(loop);
//   scope.spawn(interruption.heed());
//   co_await node.broadcaster().broadcast(message, {.stop = &interruption.stop()});
//
// Threading: inside the loop. Lifetime: the loop outlives them; they outlive the tasks of heed() and show().

#include <cstddef>
#include <exception>
#include <expected>
#include <optional>
#include <string>
#include <utility>

#include "exocast/gather/outcome.h"
#include "exocast/gather/stop.h"
#include "exocast/signals.h"
#include "tools/cli/terminal.h"

namespace exocast {

/// Ctrl-C and other signals as a StopSource, so that a command ends early and still reports its result so far. A second
/// signal ends the process, as without a handler.
class Interruption {
 public:
  /// Watches the signals `numbers` from now on.
  explicit Interruption(AsioLoop& loop, std::initializer_list<int> numbers = {SIGINT, SIGTERM})
      : signals_(std::in_place, loop, numbers) {}

  /// Requests the stop when a signal comes. Spawn it.
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

/// The progress of a long broadcast, on a terminal: "12/16 done, 3.2 s left". One line on standard error, redrawn in
/// place and wiped at the end.
class ProgressLine {
 public:
  /// Shorter broadcasts show no progress.
  static constexpr Duration shown_after = std::chrono::milliseconds(500);
  static constexpr Duration redrawn_every = std::chrono::milliseconds(100);

  explicit ProgressLine(const Terminal& standard_error) noexcept : terminal_(standard_error) {}

  /// A broadcast to `receivers` begins; it ends by `deadline`.
  void begin(std::size_t receivers, TimePoint now, Deadline deadline) noexcept;
  void settled() noexcept { ++done_; }
  /// `in_all` receivers have settled.
  void settled(std::size_t in_all) noexcept { done_ = in_all; }
  /// The broadcast has ended: wipes the line.
  void end() noexcept;

  /// Draws until it is stopped; returns at once if there is no terminal.
  task<void> show();

 private:
  void draw(TimePoint now);

  Terminal terminal_;
  std::size_t receivers_ = 0;  // 0: no broadcast
  std::size_t done_ = 0;
  TimePoint begun_{};
  Deadline deadline_ = Deadline::never();
  bool drawn_ = false;
};

/// The value or error of a task that run() ran and nobody stopped. Rethrows an exception, which is a bug.
template <class T>
T returned(Outcome<T> ended) {
  if (ended.exception()) std::rethrow_exception(ended.exception());
  return std::move(ended).value();
}

template <class T>
std::expected<T, std::string> returned(Outcome<T, std::string> ended) {
  if (ended.exception()) std::rethrow_exception(ended.exception());
  if (const std::string* error = ended.error()) return std::unexpected(*error);
  return std::move(ended).value();
}

inline std::expected<void, std::string> returned(const Outcome<Unit, std::string>& ended) {
  if (ended.exception()) std::rethrow_exception(ended.exception());
  if (const std::string* error = ended.error()) return std::unexpected(*error);
  return {};
}

}  // namespace exocast
