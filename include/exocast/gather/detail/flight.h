// SPDX-License-Identifier: Apache-2.0
#pragma once
// Flights: the items of a gather that are in flight, in the order of their start.
//
// The first part of the list is parked, the rest active: what is parked is always the oldest active item. So two
// cursors are enough to find, without searching, the next to park and the next to be asked to stop, be it for its own
// time or because all stop; a flight that lands moves the cursors on. Intrusive, nothing allocates. One thread, no
// locks.

#include <coroutine>
#include <cstddef>

#include "exocast/gather/outcome.h"
#include "exocast/gather/stop.h"
#include "exocast/gather/task.h"

namespace exocast::detail {

/// The links of a ring: the flights, and one place between the youngest and the oldest.
struct FlightLinks {
  FlightLinks* before = nullptr;
  FlightLinks* after = nullptr;
};

/// One item in flight.
struct Flight : Receiver, FlightLinks {
  /// For the item at `index`, which starts at `now` in a gather that runs in `surroundings`.
  Flight(std::size_t index, TimePoint now, const Context& surroundings) noexcept
      : index(index),
        started(now),
        context{.scheduler = surroundings.scheduler, .stop = &stop, .scope = surroundings.scope} {}

  const std::size_t index;
  const TimePoint started;
  const Context context;
  // The flags take room that StopSource leaves: what many items at once cost is memory.
  [[no_unique_address]] StopSource stop;
  Reason stop_reason = Reason::cancelled;
  bool parked = false;
  bool given_up = false;  // its outcome is told: the deadline did not wait for it

 protected:
  ~Flight() = default;
};

class Flights {
 public:
  Flights() noexcept { ends_.before = ends_.after = &ends_; }
  Flights(const Flights&) = delete;
  Flights& operator=(const Flights&) = delete;

  std::size_t active() const noexcept { return active_; }
  std::size_t parked() const noexcept { return parked_; }
  std::size_t count() const noexcept { return active_ + parked_; }

  /// nullptr when there is none.
  Flight* oldest() noexcept { return at(ends_.after); }

  /// Cursors; nullptr when there is none.
  Flight* next_to_park() const noexcept { return at(to_park_); }
  Flight* next_to_stop() const noexcept { return at(to_stop_); }

  /// Takes `flight`, active, as the youngest.
  [[gnu::always_inline]] void take_off(Flight& flight) noexcept {
    flight.before = ends_.before;
    flight.after = &ends_;
    ends_.before->after = &flight;
    ends_.before = &flight;
    if (to_park_ == &ends_) to_park_ = &flight;
    if (to_stop_ == &ends_) to_stop_ = &flight;
    ++active_;
  }

  [[gnu::always_inline]] void land(Flight& flight) noexcept {
    if (to_park_ == &flight) to_park_ = flight.after;
    if (to_stop_ == &flight) to_stop_ = flight.after;
    flight.before->after = flight.after;
    flight.after->before = flight.before;
    --(flight.parked ? parked_ : active_);
  }

  /// Parks next_to_park(), which there is.
  void park() noexcept {
    at(to_park_)->parked = true;
    to_park_ = to_park_->after;
    ++parked_;
    --active_;
  }

  /// Takes next_to_stop(), which there is: it does not come again.
  Flight& take_to_stop() noexcept {
    Flight& flight = *at(to_stop_);
    to_stop_ = flight.after;
    return flight;
  }

  /// Puts the cursor of stopping back on the oldest.
  void stop_from_first() noexcept { to_stop_ = ends_.after; }

 private:
  Flight* at(FlightLinks* cursor) const noexcept { return cursor != &ends_ ? &static_cast<Flight&>(*cursor) : nullptr; }

  FlightLinks ends_;
  FlightLinks* to_park_ = &ends_;
  FlightLinks* to_stop_ = &ends_;
  std::size_t active_ = 0;
  std::size_t parked_ = 0;
};

}  // namespace exocast::detail
