// SPDX-License-Identifier: Apache-2.0
#pragma once
// GatherCore: the engine under gather, join, race and quorum; what of it does not depend on types.
//
// Items in flight form one list in the order of their start. Its first part is parked, the rest active; so the oldest active
// item, the next to park, is at a cursor, and so are the next to time out and the next to stop. All progress is made in one loop,
// work(): completions that arrive while it runs only record themselves, so nothing recurses, however many items complete
// at once. One timer serves the deadline, the per-item deadlines and parking; it acts one post after it fires, so that
// completions ready in the same turn come first.
// Threading: one thread, no locks. Lifetime: owned by the awaiting gather, or by the scope once the deadline has passed over
// children that do not stop.

#include <array>
#include <coroutine>
#include <exception>

#include "exocast/gather/options.h"
#include "exocast/gather/outcome.h"
#include "exocast/gather/park_delay.h"
#include "exocast/gather/policy.h"
#include "exocast/gather/scope.h"

namespace exocast::detail {

/// One item in flight.
struct Flight : Receiver {
  Flight* before = nullptr;
  Flight* after = nullptr;
  std::size_t index = 0;
  TimePoint started{};
  StopSource stop;
  Context context{};
  Reason stop_reason = Reason::cancelled;
  bool parked = false;

 protected:
  ~Flight() = default;
};

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
    if (options_.stop != nullptr) {
      if (options_.stop->requested()) {
        end(Reason::cancelled);
      } else {
        options_.stop->add(option_stop_);
      }
    }
    if (options_.deadline.passed(context_.scheduler->now())) end(Reason::timed_out);
    return leave();
  }

  /// True once the caller has been let go with children still alive: the scope owns this.
  bool handed_over() const noexcept { return handed_over_; }

 protected:
  GatherCore(const GatherOptions& options, const Policy& policy) noexcept
      : options_(options),
        policy_(policy),
        limit_(options.limit.count()),
        parked_max_(options.parked.value_or(limit_ == Limit::none().count() ? 0 : limit_)) {}
  virtual ~GatherCore() = default;

  /// Pulls and starts one item; false if there are no more.
  virtual bool start_next() = 0;
  /// Records that `flight` ends without a value, for `reason`, whenever its task may end.
  virtual void give_up(Flight& flight, Reason reason) noexcept = 0;
  /// The caller is about to be resumed: completes the result.
  virtual void conclude(Reason ended) noexcept = 0;

  // For start_next.

  void take_off(Flight& flight, std::size_t index) noexcept {
    flight.index = index;
    flight.started = context_.scheduler->now();
    flight.stop.reset();
    flight.context = {.scheduler = context_.scheduler, .stop = &flight.stop, .scope = context_.scope};
    flight.parked = false;
    link(flight);
    ++active_;
  }
  Progress& progress() noexcept { return progress_; }
  const Progress& progress() const noexcept { return progress_; }
  const Policy& policy() const noexcept { return policy_; }
  const GatherOptions& options() const noexcept { return options_; }
  std::size_t in_flight_max() const noexcept {
    return limit_ > Limit::none().count() - parked_max_ ? limit_ : limit_ + parked_max_;
  }

  // For the end of an item: land(), then record it, then after_landing().

  /// True for the outermost call, which has to make the progress: see leave().
  bool enter() noexcept { return !std::exchange(busy_, true); }

  void land(Flight& flight) noexcept {
    unlink(flight);
    --(flight.parked ? parked_ : active_);
    park_delay_.ended_after(context_.scheduler->now() - flight.started);
  }

  /// Makes all progress there is to make, then the coroutine to continue with: the caller if all is done.
  std::coroutine_handle<> leave() noexcept {
    work();
    busy_ = false;
    if (handed_over_) return ended_in_scope();
    if (in_flight() == 0 && (exhausted_ || ending_ != Reason::ok)) return finish();
    arm();
    return std::noop_coroutine();
  }

  std::exception_ptr fault() const noexcept { return fault_; }

 private:
  struct CallerStop final : StopCallback {
    explicit CallerStop(GatherCore& core) : core(core) {}
    void on_stop() noexcept override { core.stop_with_caller(); }
    GatherCore& core;
  };
  struct OptionStop final : StopCallback {
    explicit OptionStop(GatherCore& core) : core(core) {}
    void on_stop() noexcept override { core.post_turn(); }
    GatherCore& core;
  };

  std::size_t in_flight() const noexcept { return active_ + parked_; }

  // The loop.

  void work() noexcept {
    for (;;) {
      if (ending_ == Reason::ok) heed_policy();
      if (to_stop_ != nullptr) {
        Flight* flight = to_stop_;
        to_stop_ = flight->after;
        ask_to_stop(*flight, ending_);
      } else if (ending_ == Reason::ok && !exhausted_ && active_ < limit_) {
        start_one();
      } else {
        return;
      }
    }
  }

  void heed_policy() noexcept {
    switch (judge(policy_, options_.tolerated, progress_)) {
      case Verdict::go_on: return;
      case Verdict::enough_succeeded: return end(Reason::enough_succeeded);
      case Verdict::too_many_failed: return end(Reason::too_many_failed);
    }
  }

  void start_one() noexcept {
    try {
      if (!start_next()) {
        exhausted_ = true;
        progress_.total = progress_.total.value_or(0);
      }
    } catch (...) {  // out of memory, or the range itself threw: no item's fault
      fault_ = std::current_exception();
      end(Reason::cancelled);
    }
  }

  /// Starts nothing more, and asks all in flight to stop.
  void end(Reason reason) noexcept {
    if (ending_ != Reason::ok) return;
    ending_ = reason;
    to_stop_ = first_;
  }

  static void ask_to_stop(Flight& flight, Reason reason) noexcept {
    if (flight.stop.requested()) return;
    flight.stop_reason = reason;
    flight.stop.request();
  }

  // Time.

  void fired() noexcept override { post_turn(); }

  void post_turn() noexcept {
    if (!queued()) context_.scheduler->post(*this);
  }

  /// The turn after the timer fired, or after options.stop was requested.
  void run() noexcept override {
    const TimePoint now = context_.scheduler->now();
    enter();
    if (options_.stop != nullptr && options_.stop->requested()) end(Reason::cancelled);
    if (options_.deadline.passed(now)) {
      end(Reason::timed_out);
      work();
      if (in_flight() > 0) return hand_over().resume();
    } else {
      time_out_items(now);
      park_items(now);
    }
    leave().resume();
  }

  void time_out_items(TimePoint now) noexcept {
    while (in_time_ != nullptr && times_out_at(*in_time_) <= now) {
      Flight* flight = in_time_;
      in_time_ = flight->after;
      ask_to_stop(*flight, Reason::timed_out);
    }
  }

  void park_items(TimePoint now) noexcept {
    while (may_park() && first_active_->started + park_delay_.value() <= now) {
      first_active_->parked = true;
      first_active_ = first_active_->after;
      ++parked_;
      --active_;
    }
  }

  bool may_park() const noexcept { return first_active_ != nullptr && parked_ < parked_max_ && !exhausted_ && ending_ == Reason::ok; }

  TimePoint times_out_at(const Flight& flight) const noexcept {
    return Deadline::after(flight.started, options_.per_item).time();
  }

  /// Keeps the timer armed for the next thing to do, or earlier: a wake for nothing is cheaper than moving it for each item.
  void arm() noexcept {
    TimePoint next = options_.deadline.time();
    if (options_.per_item != Duration::max() && in_time_ != nullptr) next = std::min(next, times_out_at(*in_time_));
    if (active_ >= limit_ && may_park()) next = std::min(next, first_active_->started + park_delay_.value());
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

  std::coroutine_handle<> finish() noexcept {
    caller_stop_.leave();
    option_stop_.leave();
    disarm();
    unqueue();
    conclude(ending_);
    return caller_stopped_ ? promise_->stop() : caller_;
  }

  /// The deadline has come and children live on: the scope owns them from here, and the caller goes on.
  std::coroutine_handle<> hand_over() noexcept {
    for (Flight* flight = first_; flight != nullptr; flight = flight->after) give_up(*flight, flight->stop_reason);
    handed_over_ = true;
    busy_ = false;
    context_.scope->adopt(*this, in_flight());
    return finish();
  }

  std::coroutine_handle<> ended_in_scope() noexcept {
    const bool last = in_flight() == 0;
    context_.scope->ended(*this);
    if (last) delete this;
    return std::noop_coroutine();
  }

  void abandon() noexcept override {
    context_.scope->release(*this);
    delete this;
  }

  // The list of items in flight, with its cursors.

  void link(Flight& flight) noexcept {
    flight.before = last_;
    flight.after = nullptr;
    (last_ != nullptr ? last_->after : first_) = &flight;
    last_ = &flight;
    if (first_active_ == nullptr) first_active_ = &flight;
    if (in_time_ == nullptr) in_time_ = &flight;
  }

  void unlink(Flight& flight) noexcept {
    for (Flight** cursor : {&first_active_, &in_time_, &to_stop_}) {
      if (*cursor == &flight) *cursor = flight.after;
    }
    (flight.before != nullptr ? flight.before->after : first_) = flight.after;
    (flight.after != nullptr ? flight.after->before : last_) = flight.before;
  }

  GatherOptions options_;
  Policy policy_;
  std::size_t limit_;
  std::size_t parked_max_;
  Progress progress_;
  ParkDelay park_delay_;

  Flight* first_ = nullptr;
  Flight* last_ = nullptr;
  Flight* first_active_ = nullptr;  // the next to park
  Flight* in_time_ = nullptr;       // the next to time out
  Flight* to_stop_ = nullptr;       // the next to stop, while ending
  std::size_t active_ = 0;
  std::size_t parked_ = 0;

  bool busy_ = false;
  bool exhausted_ = false;
  bool caller_stopped_ = false;
  bool handed_over_ = false;
  Reason ending_ = Reason::ok;  // why it ends early; ok: it does not

  std::coroutine_handle<> caller_;
  PromiseBase* promise_ = nullptr;
  Context context_{};
  CallerStop caller_stop_{*this};
  OptionStop option_stop_{*this};
  std::exception_ptr fault_;
};

}  // namespace exocast::detail
