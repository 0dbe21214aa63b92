// SPDX-License-Identifier: Apache-2.0
#pragma once
// PacedSender: sends a row of messages as fast as every peer that answers takes them, and gives their reports in the
// order of the messages.
//
//   PacedSender sender(broadcaster, loop);
//   co_await sender.room(message, options);
//   sender.send(message, options);
//   while (auto report = sender.take()) print(*report);   // again after each changed()
//
// The messages without a report are bounded in number (messages_max), their bytes by the broadcaster. Threading: one
// thread, that of the scheduler. Lifetime: broadcaster and scheduler outlive it; destroying it ends its broadcasts.

#include <cstddef>
#include <memory>
#include <optional>

#include "exocast/broadcaster.h"
#include "exocast/gather/event.h"
#include "exocast/gather/scope.h"

namespace exocast {

/// How far the oldest message without a report is.
struct SendProgress {
  std::size_t receivers = 0;  ///< 0: there is no such message
  std::size_t settled = 0;    ///< receivers that have an outcome
  TimePoint begun{};
};

class PacedSender {
 public:
  /// The most messages without a report. These are more than a broadcaster keeps (16,384), so that a stopped peer falls
  /// behind instead of holding up the others.
  static constexpr std::size_t messages_max = 20'000;

  PacedSender(Broadcaster& broadcaster, Scheduler& scheduler);
  ~PacedSender();

  /// Waits until `next` may be sent with `options`. Waits for the broadcaster's room at most `options.timeout`.
  task<void> room(Message next, BroadcastOptions options);

  /// Broadcasts `message`; `options.on_outcome` is not called. Without room in the broadcaster its report says so.
  void send(Message message, BroadcastOptions options);

  /// The report of the oldest message, which leaves the row; nothing if it is not there yet.
  std::optional<Report> take();

  SendProgress oldest() const noexcept;

  /// Set whenever an outcome or a report has come.
  Event& changed() noexcept;

 private:
  struct Row;
  static task<void> broadcast(Broadcaster& broadcaster, std::shared_ptr<Row> row, Message message,
                              BroadcastOptions options);

  Broadcaster& broadcaster_;
  std::shared_ptr<Row> row_;  // also of the callbacks of its broadcasts
  Scope scope_;
};

}  // namespace exocast
