// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ticket: a message that was published, and its report to come. Copies stand for the same message. Dropping all of them
// changes nothing for the message, but nobody makes its report then.
// Threading: one thread, that of the broadcaster's scheduler. Lifetime: may outlive the broadcaster.

#include <memory>

#include "exocast/gather/event.h"
#include "exocast/gather/task.h"
#include "exocast/report.h"

namespace exocast {

namespace detail {

/// What the tickets of one message share.
struct Publication {
  Event done;
  std::unique_ptr<const Report> report;  // once done, if there was a ticket
};

}  // namespace detail

class Ticket {
 public:
  /// Whether every receiver's outcome is known.
  bool done() const noexcept { return publication_->done.is_set(); }

  /// The report, once every receiver's outcome is known: by the deadline of the message at the latest. If the
  /// broadcaster was destroyed before that, it says `cancelled`. May be awaited again and again, by one task at a time
  /// or by many.
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
