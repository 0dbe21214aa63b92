// SPDX-License-Identifier: Apache-2.0
#pragma once
// LaneItem: one message on its way to one peer, from queueing until its outcome is known. A broadcast's delivery waits
// for it.
//
// Intrusive: a lane links its items and allocates nothing for them. An item that no task waits for any more (its
// broadcast is over) leaves its lane by itself; if it is on the wire by then, the peer may still get it.
// Threading: one thread, that of the lane's scheduler. Lifetime: belongs to its broadcast; the message outlives it.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "exocast/gather/detail/frame_cache.h"
#include "exocast/gather/detail/intrusive_list.h"
#include "exocast/gather/detail/suspension.h"
#include "exocast/lane_options.h"
#include "lane/delivery.h"
#include "lane/fair_limiter.h"

namespace exocast {

class Lane;
class LaneFlight;

/// What the items of a broadcast carry, and how; constant while they are in lanes.
struct LaneItemOptions {
  const Message* message = nullptr;
  StreamClass stream_class = StreamClass::tokens;
  std::uint32_t stream = 0;   ///< LaneQueue::stream_of() the message and the key: the same for all lanes
  std::string_view key = {};  ///< the message's subject; a newer message may replace it: see Overflow::latest_wins
  Deadline deadline = Deadline::never();  ///< of its broadcast, passed to the link; a waiting task gives up by itself
  Duration timeout = Duration::max();     ///< the timeout that led to the deadline, for texts
  Duration per_peer = Duration::max();    ///< the time for the peer's answer, from sending on
  std::shared_ptr<FairLimiter::Flow> flow = nullptr;  ///< of its broadcast
  const LogProgress* log = nullptr;                   ///< its log, if the peers are told of it, and its position there
  std::uint64_t position = 0;

  /// Whether it may take the place of a waiting message, in a class with this policy.
  bool may_replace(Overflow policy) const noexcept { return !key.empty() && policy == Overflow::latest_wins; }
};

class LaneItem final : public IntrusiveLink<LaneItem> {
 public:
  class Wait;
  enum class State : unsigned char { idle, queued, flying, settled };

  /// Called when an item's outcome is known, inside the call that settles it.
  class Waiter {
   public:
    virtual void settled(LaneItem& item) noexcept = 0;

   protected:
    ~Waiter() = default;
  };

  /// `place`: its index in its broadcast.
  explicit LaneItem(std::size_t place = 0) noexcept : place_(static_cast<std::uint32_t>(place)) {}
  ~LaneItem() { give_up(); }

  static void* operator new(std::size_t bytes) { return FrameCache::allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept { FrameCache::release(memory, bytes); }

  std::size_t place() const noexcept { return place_; }

  // These three once it was in a lane.
  const LaneItemOptions& options() const noexcept { return *options_; }
  std::size_t message_bytes() const noexcept { return options_->message->bytes(); }
  TimePoint queued_at() const noexcept { return queued_at_; }

  State state() const noexcept { return state_; }
  bool is_in_lane() const noexcept { return state_ == State::queued || state_ == State::flying; }

  /// Lets it be sent. Until then it only holds its place, and blocks the rest of its stream.
  void release() noexcept;
  bool released() const noexcept { return released_; }

  /// `co_await item.settled();`: resumes when its outcome is known. One task may wait. If that task ends before, no
  /// task waits any more.
  [[nodiscard]] inline Wait settled() noexcept;

  /// The same without a task: calls `waiter`, which outlives the item or its outcome. Not to be called once settled.
  void wait(Waiter& waiter) noexcept {
    assert(waiter_ == nullptr && state_ != State::settled);
    waiter_ = &waiter;
  }

  /// Once settled: why it was not delivered; null if it was.
  const DeliveryError* error() const noexcept { return has_error() ? said_.get() : nullptr; }

  /// Once settled: moves out what a report says about it: error(), or `delivered` with a note; null for nothing.
  std::unique_ptr<DeliveryError> take_said() noexcept { return std::move(said_); }

  /// No task waits for it any more: it leaves the queue. If it is on the wire already, it may still arrive.
  void give_up() noexcept;

  /// Its stage when its outcome became known, or when it was given up.
  Stage stage() const noexcept { return stage_; }

  /// A note for the report, even if it was delivered; "" for none.
  std::string_view note() const noexcept {
    return said_ == nullptr || has_error() ? std::string_view() : said_->error.text;
  }

 private:
  friend class Lane;
  friend class LaneFlight;
  friend class LaneQueue;

  /// Its share of a lane's bytes, in addition to its message: itself and its broadcast, which it may keep alive alone.
  /// Measured by publish_memory_test, for one receiver of 8.
  static constexpr std::size_t own_bytes = 1440;

  std::size_t bytes() const noexcept { return message_bytes() + own_bytes; }
  bool has_error() const noexcept { return said_ != nullptr && said_->outcome != PeerOutcome::delivered; }
  void note(std::string text) {
    said_ = std::make_unique<DeliveryError>(PeerOutcome::delivered, Status{.text = std::move(text)});
  }

  /// True once handed to the link, even if that failed.
  bool was_sent() const noexcept { return sent_at_ != TimePoint::max(); }

  /// The peer's time limit, however often the item is sent.
  Deadline answer_by() const noexcept {
    return std::min(options_->deadline, Deadline::after(sent_at_, options_->per_peer));
  }
  /// The timeout that led to answer_by().
  Duration allowed() const noexcept {
    return answer_by() < options_->deadline ? options_->per_peer : options_->timeout;
  }

  /// Sets its outcome; a waiting task resumes soon, not inside this call.
  void settle(Delivery end) noexcept {
    stage_ = Stage::sent;
    settle_unsent(std::move(end));
  }
  void settle_unsent(Delivery end) noexcept {
    assert(state_ != State::settled);
    state_ = State::settled;
    if (!end) said_ = std::make_unique<DeliveryError>(std::move(end.error()));
    if (waiter_ != nullptr) std::exchange(waiter_, nullptr)->settled(*this);
  }

  // Sorted by size: a slow peer has many items.
  const LaneItemOptions* options_ = nullptr;
  Lane* lane_ = nullptr;
  LaneFlight* flight_ = nullptr;  // the flight that carries it
  Waiter* waiter_ = nullptr;
  std::unique_ptr<DeliveryError> said_;   // null: delivered or not settled, and without a note
  std::uint64_t number_ = 0;              // its sequence number in the lane
  TimePoint queued_at_{};                 // start of its wait for the peer
  TimePoint sent_at_ = TimePoint::max();  // the first time
  std::uint32_t place_;
  std::uint32_t index_ = 0;   // in the flight
  std::uint32_t stream_ = 0;  // a hash; items with the same one keep their order
  State state_ = State::idle;
  Stage stage_ = Stage::waiting;
  bool released_ = false;
};

class LaneItem::Wait final : public Suspension, private Waiter, private Runnable {
 public:
  explicit Wait(LaneItem& item) noexcept : item_(item) {}
  ~Wait() {
    if (item_.waiter_ == this) item_.waiter_ = nullptr;
    item_.give_up();
  }

  bool await_ready() const noexcept { return item_.state_ == State::settled; }
  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    if (!suspend(handle)) return stop();
    item_.wait(*this);
    return std::noop_coroutine();
  }
  void await_resume() const noexcept {}

 private:
  void settled(LaneItem& /*item*/) noexcept override { context().scheduler->post(*this); }
  void run() noexcept override { resume(); }
  void on_stop() noexcept override {
    if (item_.state_ != State::settled) stop().resume();  // else it resumes with its outcome
  }

  LaneItem& item_;
};

inline LaneItem::Wait LaneItem::settled() noexcept { return Wait(*this); }

}  // namespace exocast
