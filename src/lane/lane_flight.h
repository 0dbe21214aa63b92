// SPDX-License-Identifier: Apache-2.0
#pragma once
// LaneFlight: one batch of a lane on its way to the peer: it waits for a place among the node's sends, takes the items
// queued by then, and gives them to the link. For lane.cpp.
//
// Owned by its lane, which it notifies of its end. Items may leave it at any time, when their broadcast is over; when
// none is left it is stopped. Threading: one thread. Lifetime: the lane outlives it.

#include <optional>
#include <vector>

#include "exocast/gather/detail/frame_cache.h"
#include "exocast/gather/scope.h"
#include "lane/fair_limiter.h"
#include "lane/lane_item.h"

namespace exocast {

class LaneFlight final : public IntrusiveLink<LaneFlight>, private Continuation {
 public:
  /// `first` is the next item for the link, which has `traits`.
  LaneFlight(Lane& lane, Scope& scope, LaneItem& first, const LinkTraits& traits) noexcept;
  LaneFlight(const LaneFlight&) = delete;
  LaneFlight& operator=(const LaneFlight&) = delete;
  ~LaneFlight();

  /// Runs it up to its first wait; it may have ended, and be deleted, when this returns.
  void start(task<BatchEnd> work) noexcept;

  StreamClass stream_class() const noexcept { return stream_class_; }
  std::size_t stream() const noexcept { return stream_; }

  /// Whether it runs beside others by the rules of an ordered link, and whether it then is a single large message.
  bool ordered() const noexcept { return ordered_; }
  bool large() const noexcept { return large_; }
  static bool is_large(const LaneItem& item, const LinkTraits& traits) noexcept;

  /// Whether it waits for its place: it has no items yet.
  bool waits() const noexcept { return items_.empty(); }
  FairLimiter::Flow& flow() const noexcept { return *flow_; }

  /// The item to begin with, if that is still queued.
  LaneItem* first() const noexcept { return first_; }

  /// Its batch, once loaded; null for items that have left.
  std::vector<LaneItem*>& items() noexcept { return items_; }
  /// `items()` is complete; the batch is sent now.
  void take_off(TimePoint now) noexcept;
  /// When the first item of its batch was queued.
  TimePoint oldest_since() const noexcept { return oldest_since_; }
  std::vector<Message> messages() const;
  Deadline deadline(TimePoint now) const noexcept;

  /// `item` leaves the batch.
  void leave(LaneItem& item) noexcept;
  /// It may have ended, and be deleted, when this returns.
  void request_stop() noexcept;

  static void* operator new(std::size_t bytes) { return FrameCache::allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept { FrameCache::release(memory, bytes); }

 private:
  std::coroutine_handle<> completed() noexcept override;
  std::coroutine_handle<> stopped() noexcept override;
  std::coroutine_handle<> land(BatchEnd&& end) noexcept;

  Lane& lane_;
  StreamClass stream_class_;
  std::size_t stream_;
  LaneItem* first_;
  std::shared_ptr<FairLimiter::Flow> flow_;
  bool ordered_;
  bool large_;
  std::vector<LaneItem*> items_;
  std::size_t aboard_ = 0;  // items that are not null
  TimePoint oldest_since_{};
  StopSource stop_;
  bool stopping_ = false;           // inside stop_.request(), which must not outlive this
  std::optional<BatchEnd> landed_;  // set if it ends inside stop_.request()
  Context context_;
  task<BatchEnd> work_{skip};
};

}  // namespace exocast
