// SPDX-License-Identifier: Apache-2.0
#pragma once
// GatherCore: the engine under gather, join, race and quorum; the part that does not depend on types.
//
// All progress is made in one loop, leave(), by the outermost call. A completion that arrives while it runs only
// records itself, so nothing recurses, however many items complete at once. One timer serves the deadline, the per-item
// deadlines and parking. It acts one post after it fires, so that completions that are ready in the same turn come
// first. One thread, no locks. The awaiting gather owns it; after the deadline the scope does, while children live.

#include <array>
#include <cassert>
#include <coroutine>
#include <exception>

#include "exocast/gather/detail/flight.h"
#include "exocast/gather/detail/park_delay.h"
#include "exocast/gather/detail/stop_handler.h"
#include "exocast/gather/options.h"
#include "exocast/gather/outcome.h"
#include "exocast/gather/policy.h"
#include "exocast/gather/scope.h"

namespace exocast::detail {

class GatherCore : private Timer, private Runnable, private Scope::Member {
 public:
  GatherCore(const GatherCore&) = delete;
  GatherCore& operator=(const GatherCore&) = delete;

  /// Starts it for the suspended `caller`; returns the coroutine to continue with.
  std::coroutine_handle<> begin(std::coroutine_handle<> caller, PromiseBase& promise) noexcept {
    caller_ = caller;
    promise_ = &promise;
    context_ = *promise.context;
    if (promise.stop_requested()) return promise.stop();
    enter();
    context_.stop->add(caller_stop_);
    if (stop_requested()) end(Reason::cancelled);
    if (options_.stop != nullptr && !stop_requested()) options_.stop->add(option_stop_);
    if (options_.deadline.passed(now_)) end(Reason::timed_out);
    return leave();
  }

  /// True once the caller has been let go with children still alive: the scope owns this.
  bool handed_over() const noexcept { return handed_over_; }

 protected:
  GatherCore(const GatherOptions& options, const Policy& policy) noexcept
      : options_(options),
        policy_(policy),
        parked_max_(options.parked.value_or(options.limit.is_none() ? 0 : options.limit.count())),
        places_(options.limit.count()),
        policy_cancels_(policy.may_cancel()) {}
  virtual ~GatherCore() = default;

  /// The end of enter(): makes all progress that can be made; returns the coroutine to continue with.
  virtual std::coroutine_handle<> leave() noexcept = 0;
  /// Records that the outcome of `flight` is `reason`, although its task still runs.
  virtual void give_up(Flight& flight, Reason reason) noexcept = 0;
  /// The caller is about to be resumed: completes the result.
  virtual void conclude(Reason ended) noexcept = 0;

  // For the start of an item: make its Flight of these, then take_off().

  TimePoint now() const noexcept { return now_; }
  const Context& context() const noexcept { return context_; }

  void take_off(Flight& flight) noexcept {
    if (flights_.next_to_stop() == nullptr) timer_checked_ = TimePoint::min();  // its time is the next to run out
    flights_.take_off(flight);
  }

  // For the end of an item: enter(), land(), record it, leave() if enter() said so.

  /// True for the outermost call, which then has to leave().
  bool enter() noexcept {
    if (busy_) return false;
    busy_ = true;
    now_ = context_.scheduler->now();
    return true;
  }

  [[gnu::always_inline]] void land(Flight& flight) noexcept {
    flights_.land(flight);
    if (flight.parked) timer_checked_ = TimePoint::min();  // another may park now
    if (sampled_ != now_ && !flight.stop.requested()) sample(flight);
  }

  /// For the destructor: the next child in flight to be destroyed, or nullptr. Completions meanwhile are only recorded.
  Flight* take_abandoned() noexcept {
    busy_ = true;
    Flight* flight = flights_.oldest();
    if (flight != nullptr) flights_.land(*flight);
    return flight;
  }

  // For leave().

  /// Starts at most in one turn, so that an endless range of items that end at once delays neither others nor the
  /// deadline.
  static constexpr std::size_t starts_per_turn_max = 256;

  bool ends_early() const noexcept { return ending_ != Reason::ok; }

  /// True while an item may be started in this turn. First applies the policy and stops items if it must.
  [[gnu::always_inline]] bool may_start() noexcept {
    if (policy_cancels_) apply_policy();
    if (ends_early()) stop_all();
    return flights_.active() < places_ && !turn_is_full_;
  }

  /// There are no more items.
  void exhausted() noexcept { places_ = 0; }

  /// Ends the whole gather: memory is exhausted, or the range itself threw.
  void fail(std::exception_ptr fault) noexcept {
    fault_ = std::move(fault);
    end(Reason::cancelled);
  }

  /// When there is nothing more to start now.
  [[gnu::always_inline]] std::coroutine_handle<> left() noexcept {
    busy_ = false;
    if (flights_.active() < places_) {
      turn_is_full_ = true;
      post_turn();
    } else if (in_flight() == 0 || handed_over_) {
      return last_left();
    }
    if (timer_checked_ != now_) arm();
    return std::noop_coroutine();
  }

  Progress& progress() noexcept { return progress_; }
  const Policy& policy() const noexcept { return policy_; }
  const GatherOptions& options() const noexcept { return options_; }
  std::exception_ptr fault() const noexcept { return fault_; }

 private:
  std::size_t in_flight() const noexcept { return flights_.count(); }
  bool stop_requested() const noexcept { return options_.stop != nullptr && options_.stop->requested(); }

  void apply_policy() noexcept {
    const Verdict verdict = judge(policy_, options_.tolerated, progress_);
    if (verdict == Verdict::enough_succeeded) end(Reason::enough_succeeded);
    if (verdict == Verdict::too_many_failed) end(Reason::too_many_failed);
  }

  /// Starts nothing more, and asks all in flight to stop.
  void end(Reason reason) noexcept {
    if (ending_ != Reason::ok) return;
    ending_ = reason;
    policy_cancels_ = false;
    places_ = 0;
  }

  void stop_all() noexcept {
    while (flights_.next_to_stop() != nullptr) ask_to_stop(flights_.take_to_stop(), ending_);
  }

  static void ask_to_stop(Flight& flight, Reason reason) noexcept {
    if (flight.stop.requested()) return;
    flight.stop_reason = reason;
    flight.stop.request();
  }

  // Time.

  /// One sample a turn is enough to know how long items take.
  void sample(const Flight& flight) noexcept {
    sampled_ = now_;
    park_delay_.ended_after(now_ - flight.started);
  }

  void fired() noexcept override { post_turn(); }

  void post_turn() noexcept {
    if (!queued()) context_.scheduler->post(*this);
  }

  /// The turn after the timer fired, after options.stop was requested, or after starts_per_turn_max starts.
  void run() noexcept override {
    enter();
    turn_is_full_ = false;
    timer_checked_ = TimePoint::min();
    if (stop_requested()) end(Reason::cancelled);
    if (options_.deadline.passed(now_)) {
      end(Reason::timed_out);
      may_start();  // asks all to stop
      // Items that are ready have this turn to wind down; then the caller waits no longer.
      if (in_flight() > 0 && std::exchange(last_call_, true)) return hand_over().resume();
      post_turn();
    } else {
      while (times_out_next_at() <= now_) ask_to_stop(flights_.take_to_stop(), Reason::timed_out);
      while (may_park() && parks_at() <= now_) flights_.park();
    }
    leave().resume();
  }

  bool may_park() const noexcept {
    return flights_.next_to_park() != nullptr && flights_.parked() < parked_max_ && places_ > 0;
  }

  TimePoint parks_at() const noexcept { return flights_.next_to_park()->started + park_delay_.value(); }

  TimePoint times_out_next_at() const noexcept {
    const Flight* oldest = flights_.next_to_stop();
    if (oldest == nullptr) return TimePoint::max();
    return Deadline::after(oldest->started, options_.per_item).time();
  }

  /// Keeps the timer armed for the next thing to do, or earlier: an idle wake is cheaper than a move per item.
  void arm() noexcept {
    timer_checked_ = now_;
    TimePoint next = std::min(options_.deadline.time(), times_out_next_at());
    if (may_park()) next = std::min(next, parks_at());
    if (next == TimePoint::max() || (armed() && time() <= next)) return;
    context_.scheduler->wake_at(*this, next);
  }

  // The end.

  void stop_with_caller() noexcept {
    caller_stopped_ = true;
    const bool outermost = enter();
    end(Reason::cancelled);
    if (outermost) leave().resume();
  }

  /// A request from inside the gather ends it at once; another in a turn of its own, because the caller may go on in
  /// it.
  void stop_by_option() noexcept { busy_ ? end(Reason::cancelled) : post_turn(); }

  std::coroutine_handle<> finish() noexcept {
    caller_stop_.leave();
    option_stop_.leave();
    disarm();
    unqueue();
    busy_ = true;  // on_outcome may end children that were given up
    conclude(ending_);
    busy_ = false;
    if (in_flight() > 0) {
      handed_over_ = true;
      context_.scope->adopt(*this, in_flight());
    }
    return caller_stopped_ ? promise_->stop() : caller_;
  }

  /// The deadline has come and children still live: the scope takes them over, and the caller goes on.
  std::coroutine_handle<> hand_over() noexcept {
    flights_.stop_from_first();
    while (flights_.next_to_stop() != nullptr) {
      Flight& flight = flights_.take_to_stop();
      give_up(flight, flight.stop_reason);
    }
    return finish();
  }

  std::coroutine_handle<> last_left() noexcept {
    if (!handed_over_) return finish();
    const bool last = in_flight() == 0;
    context_.scope->ended(*this, in_flight());
    if (last) delete this;
    return std::noop_coroutine();
  }

  void abandon() noexcept override {
    context_.scope->release(*this);
    delete this;
  }

  GatherOptions options_;
  Policy policy_;
  std::size_t parked_max_;
  Progress progress_;
  ParkDelay park_delay_;
  Flights flights_;
  std::size_t places_;                          // for active items: the limit; 0 once nothing more is to be started
  TimePoint now_{};                             // of the turn
  TimePoint sampled_ = TimePoint::min();        // the turn of the last latency in park_delay_
  TimePoint timer_checked_ = TimePoint::min();  // the turn in which arm() last ran
  bool busy_ = false;
  // This turn has had its starts. An item that ends before the next turn starts no other: otherwise each would start as
  // many again, and far more items would be in flight than the processor's cache holds.
  bool turn_is_full_ = false;
  bool policy_cancels_;  // ask the policy after each item
  bool caller_stopped_ = false;
  bool last_call_ = false;  // the deadline has come; items that are ready may still end
  bool handed_over_ = false;
  Reason ending_ = Reason::ok;  // why it ends early; ok: it does not

  std::coroutine_handle<> caller_;
  PromiseBase* promise_ = nullptr;
  Context context_{};
  StopHandler<GatherCore> caller_stop_{*this, &GatherCore::stop_with_caller};
  StopHandler<GatherCore> option_stop_{*this, &GatherCore::stop_by_option};
  std::exception_ptr fault_;
};

}  // namespace exocast::detail
