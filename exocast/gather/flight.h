// SPDX-License-Identifier: Apache-2.0
#pragma once
// Flights: the items of a gather that are in flight, in the order of their start.
//
// The first part of the list is parked, the rest active: what is parked is always the oldest active item. So three
// cursors are enough to find, without searching, the next to park, the next to run out of its own time and the next to
// be asked to stop; a flight that lands moves the cursors on. Intrusive, nothing allocates. One thread, no locks.

#include <coroutine>
#include <cstddef>

#include "exocast/gather/outcome.h"
#include "exocast/gather/stop.h"
#include "exocast/gather/task.h"

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
  bool given_up = false;  // its outcome is told: the deadline did not wait for it

 protected:
  ~Flight() = default;
};

class Flights {
 public:
  std::size_t active() const noexcept { return active_; }
  std::size_t parked() const noexcept { return parked_; }
  std::size_t count() const noexcept { return active_ + parked_; }

  /// nullptr when there is none.
  Flight* oldest() const noexcept { return first_; }

  /// Cursors; nullptr when there is none.
  Flight* next_to_park() const noexcept { return to_park_; }
  Flight* next_to_time_out() const noexcept { return to_time_out_; }
  Flight* next_to_stop() const noexcept { return to_stop_; }

  /// Takes `flight`, active, as the youngest.
  [[gnu::always_inline]] void take_off(Flight& flight) noexcept {
    flight.parked = false;
    flight.before = last_;
    flight.after = nullptr;
    (last_ != nullptr ? last_->after : first_) = &flight;
    last_ = &flight;
    if (to_park_ == nullptr) to_park_ = &flight;
    if (to_time_out_ == nullptr) to_time_out_ = &flight;
    ++active_;
  }

  [[gnu::always_inline]] void land(Flight& flight) noexcept {
    if (to_park_ == &flight) to_park_ = flight.after;
    if (to_time_out_ == &flight) to_time_out_ = flight.after;
    if (to_stop_ == &flight) to_stop_ = flight.after;
    (flight.before != nullptr ? flight.before->after : first_) = flight.after;
    (flight.after != nullptr ? flight.after->before : last_) = flight.before;
    --(flight.parked ? parked_ : active_);
  }

  /// Parks next_to_park(), which there is.
  void park() noexcept {
    to_park_->parked = true;
    to_park_ = to_park_->after;
    ++parked_;
    --active_;
  }

  /// Takes next_to_time_out(), which there is: it does not come again.
  Flight& take_timed_out() noexcept { return take(to_time_out_); }

  /// Puts the cursor of stopping on the oldest.
  void stop_from_first() noexcept { to_stop_ = first_; }

  /// Takes next_to_stop(), which there is.
  Flight& take_to_stop() noexcept { return take(to_stop_); }

 private:
  static Flight& take(Flight*& cursor) noexcept {
    Flight& flight = *cursor;
    cursor = flight.after;
    return flight;
  }

  Flight* first_ = nullptr;
  Flight* last_ = nullptr;
  Flight* to_park_ = nullptr;
  Flight* to_time_out_ = nullptr;
  Flight* to_stop_ = nullptr;
  std::size_t active_ = 0;
  std::size_t parked_ = 0;
};

}  // namespace exocast::detail
