// SPDX-License-Identifier: Apache-2.0
#pragma once
// FanOut: what publish() starts, where it can: a message to all receivers at once, until all of them have answered or
// its deadline comes. And Promise: who tells the tickets. Not for users: see broadcaster.h.
//
// What a gather does with a task for each receiver is done here with none, as there is neither a limit to keep nor a
// policy to ask: while one slow receiver is waited for, all that a message needs is this, its Broadcast and one item.
// Threading: that of the scheduler. Ownership: the scope's, until all have ended.

#include <cstddef>
#include <memory>
#include <utility>

#include "broadcast/broadcast.h"
#include "exocast/gather/scope.h"
#include "exocast/ticket.h"

namespace exocast::detail {

/// Why things end that outlive their broadcaster.
DeliveryError closing();

/// Tells a publication how it ended; also when its work is abandoned, with the broadcaster.
class Promise {
 public:
  Promise(std::shared_ptr<Publication> publication, std::shared_ptr<Broadcast> broadcast) noexcept
      : publication_(std::move(publication)), broadcast_(std::move(broadcast)) {}
  Promise(Promise&&) noexcept = default;
  Promise& operator=(Promise&&) = delete;
  ~Promise();

  /// All outcomes are known.
  void keep(bool satisfied) noexcept;

  Broadcast& broadcast() const noexcept { return *broadcast_; }

 private:
  bool wanted() const noexcept { return publication_.use_count() > 1; }

  std::shared_ptr<Publication> publication_;
  std::shared_ptr<Broadcast> broadcast_;
};

class FanOut final : public Scope::Member, private LaneItem::Waiter, private Runnable, private Timer {
 public:
  /// Sends the broadcast of `promise`, which is_plain(), and belongs to `scope` until it has ended.
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
  IntrusiveList<LaneItem> settled_;  // and not told yet
  std::size_t open_ = 0;
  std::size_t failed_ = 0;
};

}  // namespace exocast::detail
