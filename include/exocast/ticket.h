// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ticket: the future report of a published message.
//
//   auto ticket = broadcaster.publish(message);
//   Report report = co_await ticket->report();
//
// Copies refer to the same message. Destroying all of them changes nothing for the message; then no report is made.
// Threading: one thread, that of the broadcaster's scheduler. Lifetime: may outlive the broadcaster.

#include <memory>

#include "exocast/gather/event.h"
#include "exocast/gather/task.h"
#include "exocast/report.h"

namespace exocast {

namespace detail {

/// Shared by the tickets of one message.
struct Publication {
  Event done;
  std::unique_ptr<const Report> report;  // once done, if there was a ticket
};

}  // namespace detail

/// Refers to one published message.
class Ticket {
 public:
  /// Whether the outcome of every receiver is known.
  bool done() const noexcept { return publication_->done.is_set(); }

  /// Waits for the report, which is there once the outcome of every receiver is known: by the deadline of the message
  /// at the latest. If the broadcaster is destroyed before that, open outcomes are `cancelled`. May be awaited several
  /// times, by several tasks at once.
  task<Report> report() const { return wait(publication_); }

 private:
  friend class Broadcaster;

  explicit Ticket(std::shared_ptr<detail::Publication> publication) noexcept : publication_(std::move(publication)) {}

  static task<Report> wait(std::shared_ptr<detail::Publication> publication) {
    co_await publication->done.wait();
    co_return *publication->report;
  }

  std::shared_ptr<detail::Publication> publication_;
};

}  // namespace exocast
