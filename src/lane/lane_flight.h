// SPDX-License-Identifier: Apache-2.0
#pragma once
// LaneFlight: one batch of a lane on its way to the peer. On an ordered link it takes the messages queued now; on
// another one it waits for a place among the node's sends, and takes those queued by then. For lane.cpp.
//
// Owned by its lane, which it notifies of its end. Messages may leave it at any time, when their broadcast is over;
// when none is left it is stopped. Threading: one thread. Lifetime: the lane outlives it.

#include <forward_list>
#include <optional>
#include <vector>

#include "exocast/gather/detail/frame_cache.h"
#include "exocast/gather/scope.h"
#include "lane/fair_limiter.h"
#include "lane/lane_message.h"

namespace exocast {

/// Messages that have no outcome yet.
struct Unanswered {
  std::size_t messages = 0;
  std::size_t bytes = 0;
};

class LaneFlight final : public IntrusiveLink<LaneFlight>, public BatchProgress, private Continuation {
 public:
  /// On an ordered link: of the messages of class `of`, the first of which is `large`, or none of them.
  LaneFlight(Lane& lane, Scope& scope, StreamClass of, bool large) noexcept;
  /// On another link: `first` is the next item.
  LaneFlight(Lane& lane, Scope& scope, LaneItem& first) noexcept;
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

  /// Whether it waits for its place: it has no messages yet.
  bool waits() const noexcept { return batch_.empty(); }
  /// Whose turn it waits for, if the link is not ordered.
  FairLimiter::Flow& flow() const noexcept { return *flow_; }

  /// The item to begin with, if the link is not ordered and that is still queued.
  LaneItem* first() const noexcept { return first_; }

  /// Its batch, once loaded; messages that have left are empty.
  std::vector<LaneMessage>& batch() noexcept { return batch_; }
  /// `batch()` is complete, and is sent now.
  void take_off(TimePoint now) noexcept;
  /// When the first message of its batch was queued.
  TimePoint oldest_since() const noexcept { return oldest_since_; }
  /// What to give to the link, once it has taken off: the messages, and by when the last of them must be answered.
  MessageBatch messages() const noexcept { return messages_; }
  Deadline deadline() const noexcept { return deadline_; }

  /// Says in `options` where the messages are in their log.
  void locate(BatchOptions& options);

  /// Its messages that have no outcome yet.
  const Unanswered& aboard() const noexcept { return aboard_; }

  /// What the peer is told of before the first message: see BatchOptions::missed.
  std::uint64_t missed = 0;

  /// How many of its messages, from the first on, are known to be answered.
  std::size_t answered() const noexcept { return answered_; }
  /// The first `answered` are: they are settled and leave the batch.
  void answered(std::size_t answered, std::span<const Refusal> refused) noexcept override;

  /// Makes an item for the message at `index`, which has none and has not left.
  LaneItem& make_item(std::size_t index) noexcept;
  /// The same for all from `begin` on.
  void make_items(std::size_t begin) noexcept;
  /// The same for `entry`; nullptr if it is not in the batch.
  LaneItem* make_item(const Log::Entry& entry) noexcept;

  /// `item` leaves the batch, which goes on even without any.
  void forget(LaneItem& item) noexcept;
  /// `item` leaves the batch, which is stopped with the last.
  void leave(LaneItem& item) noexcept;
  /// It may have ended, and be deleted, when this returns.
  void request_stop() noexcept;

  static void* operator new(std::size_t bytes) { return FrameCache::allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept { FrameCache::release(memory, bytes); }

 private:
  std::coroutine_handle<> completed() noexcept override;
  std::coroutine_handle<> stopped() noexcept override;
  std::coroutine_handle<> land(BatchEnd&& end) noexcept;
  Deadline take_off(LaneItem& item, TimePoint now) noexcept;
  void forget(std::size_t index) noexcept;

  Lane& lane_;
  StreamClass stream_class_;
  std::size_t stream_ = 0;  // if it is not ordered
  LaneItem* first_ = nullptr;
  std::shared_ptr<FairLimiter::Flow> flow_;
  bool ordered_;
  bool large_;
  std::vector<LaneMessage> batch_;
  bool has_items_ = false;                // when it took off
  std::vector<std::int64_t> steps_;       // BatchOptions::steps
  std::vector<const Message*> messages_;  // of the batch
  std::forward_list<Message> kept_;       // those of them that have left, for the link
  Unanswered aboard_;                     // what has not left
  std::size_t answered_ = 0;
  TimePoint sent_at_{};
  TimePoint oldest_since_{};
  Deadline deadline_ = Deadline::never();
  StopSource stop_;
  bool stopping_ = false;           // inside stop_.request(), which must not outlive this
  std::optional<BatchEnd> landed_;  // set if it ends inside stop_.request()
  Context context_;
  task<BatchEnd> work_{skip};
};

}  // namespace exocast
