// SPDX-License-Identifier: Apache-2.0
#pragma once
// Inquiries: the questions of one Asker that are under way, and the limits on their number and the size of their
// answers. Threading: that of the scheduler. Lifetime: outlives the questions.

#include <cstddef>
#include <optional>

#include "exocast/asker.h"
#include "exocast/gather/detail/intrusive_list.h"
#include "exocast/gather/event.h"
#include "lane/delivery.h"

namespace exocast::detail {

class Inquiries {
 public:
  /// A question under way.
  class Member : public IntrusiveLink<Member> {
   public:
    /// Ends it soon, because the asker is closed. Not inside this call.
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

  /// Why another one cannot begin now; nothing if it can.
  std::optional<DeliveryError> no_room() const;

  void add(Member& inquiry) noexcept;
  void remove(Member& inquiry) noexcept;

  /// False if an answer of `bytes` does not fit; else it is counted until `inquiry` is removed.
  bool hold(Member& inquiry, std::size_t bytes) noexcept;

  /// Ends the questions under way; none begins any more.
  void close() noexcept;

  /// Waits until no question is under way, or until `deadline`. Returns how many still are.
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
