// SPDX-License-Identifier: Apache-2.0
#pragma once
// FanOut: what publish() starts where it can: one message to all receivers at once, until all have answered or its
// deadline comes. Promise: completes the tickets. Internal: see broadcaster.h.
//
// It replaces a gather with one task per receiver, because there is neither a limit nor a policy. While a slow receiver
// is outstanding, a message costs only this object, its Broadcast and one item. Threading: that of the scheduler. The
// scope owns it until all have ended.

#include <cstddef>
#include <memory>
#include <utility>

#include "broadcast/broadcast.h"
#include "exocast/gather/scope.h"
#include "exocast/ticket.h"

namespace exocast::detail {

/// The error of work that outlives its broadcaster.
DeliveryError closing();

/// Completes a publication with its report, also if the broadcaster abandons the work.
class Promise {
 public:
  Promise(std::shared_ptr<Publication> publication, std::shared_ptr<Broadcast> broadcast) noexcept
      : publication_(std::move(publication)), broadcast_(std::move(broadcast)) {}
  Promise(Promise&&) noexcept = default;
  Promise& operator=(Promise&&) = delete;
  ~Promise();

  /// Call it when all outcomes are known.
  void keep(bool satisfied) noexcept;

  Broadcast& broadcast() const noexcept { return *broadcast_; }

 private:
  bool wanted() const noexcept { return publication_.use_count() > 1; }

  std::shared_ptr<Publication> publication_;
  std::shared_ptr<Broadcast> broadcast_;
};

class FanOut final : public Scope::Member, private LaneItem::Waiter, private Runnable, private Timer {
 public:
  /// Sends the broadcast of `promise`, which must be is_plain(). `scope` owns it until it has ended.
  static void start(Scope& scope, Promise promise) { (new FanOut(scope, std::move(promise)))->begin(); }

  static void* operator new(std::size_t bytes) { return FrameCache::allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept { FrameCache::release(memory, bytes); }

 private:
  FanOut(Scope& scope, Promise promise) noexcept : scope_(scope), promise_(std::move(promise)) {}

  void begin() noexcept;
  void settled(LaneItem& item) noexcept override;
  void fired() noexcept override { run_soon(); }
  void run_soon() noexcept;
  void run() noexcept override;
  void end(std::size_t receiver) noexcept;
  void finish_if_all_ended() noexcept;
  void abandon() noexcept override;

  Scope& scope_;
  Promise promise_;
  IntrusiveList<LaneItem> settled_;  // settled items whose outcome run() has not reported yet
  std::size_t open_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace exocast::detail
