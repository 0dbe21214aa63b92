// SPDX-License-Identifier: Apache-2.0
#pragma once
// Asks: the questions of one Broadcaster that are under way, and how many and how large they may be. Not for users.
// Threading: that of the scheduler. Lifetime: outlives what is under way.

#include <cstddef>
#include <optional>

#include "exocast/gather/detail/intrusive_list.h"
#include "exocast/gather/event.h"
#include "exocast/gather/task.h"
#include "exocast/options.h"
#include "lane/delivery.h"

namespace exocast::detail {

class Asks {
 public:
  /// A question under way.
  class Member : public IntrusiveLink<Member> {
   public:
    /// Ends it soon: the broadcaster goes.
    virtual void close() noexcept = 0;

   protected:
    ~Member() = default;

   private:
    friend class Asks;
    std::size_t held_bytes_ = 0;
  };

  explicit Asks(const AskLimits& limits) noexcept : limits_(limits) {}

  /// Why another one cannot begin now; nothing if it can.
  std::optional<DeliveryError> no_room() const;

  void add(Member& asking) noexcept;
  void remove(Member& asking) noexcept;

  /// Whether an answer of `bytes` may be held; it is, until `asking` is removed.
  bool hold(Member& asking, std::size_t bytes) noexcept;

  /// Ends what is under way; nothing begins any more, for `why`.
  void close(const DeliveryError& why) noexcept;

  /// Waits until nothing is under way, or until `deadline`. Returns how many still are.
  task<std::size_t> idle(Deadline deadline, const Scheduler& scheduler);

  /// Those included that are answered, but whose last call has not ended.
  std::size_t under_way() const noexcept { return under_way_; }
  std::size_t refused_total = 0;

 private:
  AskLimits limits_;
  std::size_t bytes_ = 0;
  std::size_t under_way_ = 0;
  IntrusiveList<Member> all_;
  std::optional<DeliveryError> closed_;
  Event ended_;
};

}  // namespace exocast::detail
