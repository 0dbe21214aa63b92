// SPDX-License-Identifier: Apache-2.0
#pragma once
// LaneItem: one message on its way to one peer, from the moment it has its place in the lane's line until its outcome
// is known. What a delivery of a broadcast waits for.
//
// Intrusive: a lane links the items of its line and allocates nothing for them. An item that nobody waits for any more
// (its broadcast is over) leaves its lane by itself; if it is on the wire by then, the peer may still get it.
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

/// What the items of a broadcast carry, and how; fixed while they are in lanes.
struct LaneItemOptions {
  const Message* message = nullptr;
  StreamClass stream_class = StreamClass::tokens;
  std::string_view key = {};              ///< of what it tells; a newer one may replace it: see Overflow::latest_wins
  Deadline deadline = Deadline::never();  ///< of its broadcast: for the link; whoever waits gives up by himself
  Duration timeout = Duration::max();     ///< what led to the deadline, for texts
  Duration per_peer = Duration::max();    ///< for the peer's answer, from sending on
  std::shared_ptr<FairLimiter::Flow> flow = nullptr;  ///< of its broadcast
};

class LaneItem final : public IntrusiveLink<LaneItem> {
 public:
  class Wait;
  enum class State : unsigned char { idle, queued, flying, settled };

  /// Is told that an item's outcome is known, inside the call that settles it.
  class Waiter {
   public:
    virtual void settled(LaneItem& item) noexcept = 0;

   protected:
    ~Waiter() = default;
  };

  /// `place`: which one of its broadcast it is.
  explicit LaneItem(std::size_t place = 0) noexcept : place_(static_cast<std::uint32_t>(place)) {}
  ~LaneItem() { give_up(); }

  static void* operator new(std::size_t bytes) { return FrameCache::allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept { FrameCache::release(memory, bytes); }

  std::size_t place() const noexcept { return place_; }

  State state() const noexcept { return state_; }
  bool is_in_lane() const noexcept { return state_ == State::queued || state_ == State::flying; }

  /// Lets it be sent; until then it only holds its place, and what is behind it in its stream waits.
  void release() noexcept;
  bool released() const noexcept { return released_; }

  /// `co_await item.settled();`: goes on once its outcome is known. One task waits; if that ends before the outcome is
  /// known, nobody does any more.
  [[nodiscard]] inline Wait settled() noexcept;

  /// The same without a task: `waiter`, which outlives the item or its outcome, is told. It is not settled yet.
  void wait(Waiter& waiter) noexcept {
    assert(waiter_ == nullptr && state_ != State::settled);
    waiter_ = &waiter;
  }

  /// Why it was not delivered, once it is settled; null if it was.
  const DeliveryError* error() const noexcept { return has_error() ? said_.get() : nullptr; }

  /// Takes what a report is to say of it, once it is settled: error(), or `delivered` with a note; null for nothing.
  std::unique_ptr<DeliveryError> take_said() noexcept { return std::move(said_); }

  /// Nobody waits for it any more: it leaves the line. What is on the wire already may still arrive.
  void give_up() noexcept;

  /// How far it had come when its outcome became known, or when it was given up.
  Stage stage() const noexcept { return stage_; }

  /// What a report should say of it even if it was delivered; "" for nothing.
  std::string_view note() const noexcept {
    return said_ == nullptr || has_error() ? std::string_view() : said_->error.text;
  }

 private:
  friend class Lane;
  friend class LaneFlight;
  friend class LaneQueue;

  /// What it counts for in a lane's bytes, beside its message's: itself and its broadcast, which may be kept for its
  /// sake alone. Measured by publish_memory_test, for one receiver of 8.
  static constexpr std::size_t own_bytes = 1408;

  std::size_t bytes() const noexcept { return options_->message->bytes() + own_bytes; }
  bool has_error() const noexcept { return said_ != nullptr && said_->outcome != PeerOutcome::delivered; }
  void note(std::string text) {
    said_ = std::make_unique<DeliveryError>(PeerOutcome::delivered, Status{.text = std::move(text)});
  }

  /// True once handed to the link, even if that failed.
  bool was_sent() const noexcept { return sent_at_ != TimePoint::max(); }

  /// Until when the peer may answer, however often it is sent.
  Deadline answer_by() const noexcept {
    return std::min(options_->deadline, Deadline::after(sent_at_, options_->per_peer));
  }
  /// What led to answer_by().
  Duration allowed() const noexcept {
    return answer_by() < options_->deadline ? options_->per_peer : options_->timeout;
  }

  /// Its outcome; whoever waits goes on soon, not inside this call.
  void settle(Delivery end) noexcept {
    stage_ = Stage::sent;
    settle_unsent(std::move(end));
  }
  void settle_unsent(Delivery end) noexcept;

  // Ordered by size: behind a slow peer there are many.
  const LaneItemOptions* options_ = nullptr;
  Lane* lane_ = nullptr;
  LaneFlight* flight_ = nullptr;  // that carries it
  Waiter* waiter_ = nullptr;
  std::unique_ptr<DeliveryError> said_;   // null: delivered, or not settled, and nothing to say
  std::uint64_t number_ = 0;              // in the lane's line
  TimePoint queued_at_{};                 // since when it has waited for the peer
  TimePoint sent_at_ = TimePoint::max();  // for the first time
  std::uint32_t place_;
  std::uint32_t index_ = 0;   // in the flight
  std::uint32_t stream_ = 0;  // a hash: what has the same is kept in order
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
    if (item_.state_ != State::settled) stop().resume();  // else it goes on with its outcome
  }

  LaneItem& item_;
};

inline LaneItem::Wait LaneItem::settled() noexcept { return Wait(*this); }

}  // namespace exocast
