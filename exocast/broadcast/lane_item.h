// SPDX-License-Identifier: Apache-2.0
#pragma once
// LaneItem: one message on its way to one peer, from the moment it has its place in the lane's line until its outcome
// is known. What a delivery of a broadcast waits for.
//
// Intrusive: a lane links the items of its line and allocates nothing for them. An item that nobody waits for any more
// (its broadcast is over) leaves its lane by itself; if it is on the wire by then, the peer may still get it.
// Threading: one thread, that of the lane's scheduler. Lifetime: belongs to its broadcast; the message outlives it.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "exocast/broadcast/delivery.h"
#include "exocast/broadcast/fair_limiter.h"
#include "exocast/broadcast/linked_list.h"
#include "exocast/broadcast/overflow.h"
#include "exocast/gather/suspension.h"

namespace exocast {

class Lane;
class LaneFlight;

/// What an item carries and how; fixed while it is in a lane.
struct LaneItemOptions {
  const Message* message = nullptr;
  StreamClass stream_class = StreamClass::tokens;
  std::string_view key = {};              ///< of what it tells; a newer one may replace it: see Overflow::latest_wins
  Deadline deadline = Deadline::never();  ///< of its broadcast: for the link; whoever waits gives up by himself
  Duration timeout = Duration::max();     ///< what led to the deadline, for texts
  Duration per_peer = Duration::max();    ///< for the peer's answer, from sending on
  std::shared_ptr<FairLimiter::Flow> flow = nullptr;  ///< of its broadcast
};

class LaneItem final : public Linked<LaneItem> {
 public:
  class Wait;
  enum class State : unsigned char { idle, queued, flying, settled };

  LaneItem() = default;
  ~LaneItem() { give_up(); }

  State state() const noexcept { return state_; }

  /// Lets it be sent; until then it only holds its place, and what is behind it in its stream waits.
  void release() noexcept;
  bool released() const noexcept { return released_; }

  /// `Delivery end = co_await item.settled();`: its outcome, once it is known. One task waits; if that ends before the
  /// outcome is known, nobody does any more.
  [[nodiscard]] inline Wait settled() noexcept;

  /// Why it was not delivered, once it is settled; null if it was.
  const DeliveryError* error() const noexcept { return error_.get(); }

  /// Nobody waits for it any more: it leaves the line. What is on the wire already may still arrive.
  void give_up() noexcept;

  /// How far it had come when its outcome became known, or when it was given up.
  Stage stage() const noexcept { return stage_; }

  /// What a report should say of it even if it was delivered; "" for nothing.
  const std::string& note() const noexcept { return note_; }

 private:
  friend class Lane;
  friend class LaneFlight;
  friend class LaneQueue;

  /// What it counts for in a lane's bytes, beside its message: itself and its share of the broadcast, roughly. `bench
  /// stream` measures some 700 bytes, of a broadcast to 8 receivers.
  static constexpr std::size_t own_bytes = 512;

  std::size_t bytes() const noexcept { return options_.message->bytes() + own_bytes; }

  /// Whether it has been given to the link, be it in vain: then nobody can say any more that it was never sent.
  bool was_sent() const noexcept { return sent_at_ != TimePoint::max(); }

  /// Until when the peer may answer, however often it is sent.
  Deadline answer_by() const noexcept {
    return std::min(options_.deadline, Deadline::after(sent_at_, options_.per_peer));
  }
  /// What led to answer_by().
  Duration allowed() const noexcept { return answer_by() < options_.deadline ? options_.per_peer : options_.timeout; }

  /// Its outcome; whoever waits goes on soon, not inside this call.
  void settle(Delivery end) noexcept {
    stage_ = Stage::sent;
    settle_unsent(std::move(end));
  }
  void settle_unsent(Delivery end) noexcept {
    state_ = State::settled;
    if (!end) error_ = std::make_unique<DeliveryError>(std::move(end.error()));
    wake();
  }
  inline void wake() noexcept;

  LaneItemOptions options_;
  Lane* lane_ = nullptr;
  LaneFlight* flight_ = nullptr;  // that carries it
  std::size_t index_ = 0;         // in the flight
  std::size_t stream_ = 0;        // a hash: what has the same is kept in order
  std::uint64_t number_ = 0;      // in the lane's line
  TimePoint queued_at_{};
  TimePoint sent_at_ = TimePoint::max();  // for the first time
  Wait* waiting_ = nullptr;
  State state_ = State::idle;
  Stage stage_ = Stage::waiting;
  bool released_ = false;
  std::string note_;
  std::unique_ptr<DeliveryError> error_;  // null if delivered
};

class LaneItem::Wait final : public Suspension, private Runnable {
 public:
  explicit Wait(LaneItem& item) noexcept : item_(item) {}
  ~Wait() {
    if (item_.waiting_ == this) item_.waiting_ = nullptr;
    item_.give_up();
  }

  bool await_ready() const noexcept { return item_.state_ == State::settled; }
  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    if (!suspend(handle)) return stop();
    item_.waiting_ = this;
    return std::noop_coroutine();
  }
  Delivery await_resume() {
    if (item_.error_ == nullptr) return {};
    return std::unexpected(*item_.error_);
  }

 private:
  friend class LaneItem;
  void go_on() noexcept { context().scheduler->post(*this); }
  void run() noexcept override { resume(); }
  void on_stop() noexcept override {
    if (item_.state_ != State::settled) stop().resume();  // else it goes on with its outcome
  }

  LaneItem& item_;
};

inline LaneItem::Wait LaneItem::settled() noexcept { return Wait(*this); }

inline void LaneItem::wake() noexcept {
  if (waiting_ != nullptr) std::exchange(waiting_, nullptr)->go_on();
}

}  // namespace exocast
