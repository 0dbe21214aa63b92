// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a command has around the task that it runs in the foreground: Ctrl-C, a line of progress, and what it returned.
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

/// Ctrl-C and its like as a StopSource, so that a command ends early and still says what was achieved. A second one
/// ends the process, as if nobody had watched.
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

/// On a terminal, how far a broadcast has come, once it takes long: "12/16 done, 3.2 s left". One line on standard
/// error that is drawn over itself and wiped away at the end, so that no trace of it is in what is kept.
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
  /// `in_all` of them are settled.
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

/// What the task of a loop's run() returned, where nobody stops it: its value or its error. An exception, which is a
/// bug, is thrown on.
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
