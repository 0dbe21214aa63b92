// SPDX-License-Identifier: Apache-2.0
#pragma once
// Inquiries: the open questions of one Asker, and the limits on their number and on the size of their answers.
// Threading: that of the scheduler. Lifetime: outlives the questions.

#include <cstddef>
#include <optional>

#include "exocast/asker.h"
#include "exocast/gather/detail/intrusive_list.h"
#include "exocast/gather/event.h"
#include "lane/delivery.h"

namespace exocast::detail {

class Inquiries {
 public:
  /// An open question.
  class Member : public IntrusiveLink<Member> {
   public:
    /// Ends it soon, because the asker is closed; not inside this call.
    virtual void close() noexcept = 0;

   protected:
    ~Member() = default;

   private:
    friend class Inquiries;
    std::size_t held_bytes_ = 0;
  };

  Inquiries(Scheduler& scheduler, const AskLimits& limits) noexcept : scheduler_(scheduler), limits_(limits) {}

  /// The outcome of a question that outlives its asker.
  static DeliveryError closing();

  Scheduler& scheduler() const noexcept { return scheduler_; }

  /// The reason why a question cannot begin now; nothing if it can.
  std::optional<DeliveryError> no_room() const;

  void add(Member& inquiry) noexcept;
  void remove(Member& inquiry) noexcept;

  /// Counts `bytes` until `inquiry` is removed. False if an answer of that size does not fit.
  bool hold(Member& inquiry, std::size_t bytes) noexcept;

  /// Ends the open questions and refuses new ones.
  void close() noexcept;

  /// Waits until no question is open, or until `deadline`. Returns the number of open questions.
  task<std::size_t> idle(Deadline deadline);

  /// Includes answered questions whose last call has not ended.
  std::size_t under_way() const noexcept { return under_way_; }
  std::size_t refused_total = 0;

 private:
  Scheduler& scheduler_;
  AskLimits limits_;
  std::size_t bytes_ = 0;
  std::size_t under_way_ = 0;
  IntrusiveList<Member> open_;  // not closed yet
  bool closed_ = false;
  Event ended_;
};

}  // namespace exocast::detail
