// SPDX-License-Identifier: Apache-2.0
#pragma once
// Flights: the items of a gather that are in flight, in the order of their start.
//
// The first part of the list is parked, the rest active: what is parked is always the oldest active item. So two
// cursors are enough to find, without searching, the next to park and the next to be asked to stop, be it for its own
// time or because all stop; a flight that lands moves the cursors on. Intrusive, nothing allocates. One thread, no
// locks.

#include <cassert>
#include <coroutine>
#include <cstddef>

#include "exocast/gather/detail/intrusive_list.h"
#include "exocast/gather/outcome.h"
#include "exocast/gather/stop.h"
#include "exocast/gather/task.h"

namespace exocast::detail {

/// One item in flight.
struct Flight : Continuation, IntrusiveLink<Flight> {
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
  Flights() = default;
  Flights(const Flights&) = delete;
  Flights& operator=(const Flights&) = delete;

  std::size_t active() const noexcept { return active_; }
  std::size_t parked() const noexcept { return parked_; }
  std::size_t count() const noexcept { return active_ + parked_; }

  /// nullptr when there is none.
  Flight* oldest() const noexcept { return flights_.front(); }

  /// Cursors; nullptr when there is none.
  Flight* next_to_park() const noexcept { return to_park_; }
  Flight* next_to_stop() const noexcept { return to_stop_; }

  /// Takes `flight`, active, as the youngest.
  [[gnu::always_inline]] void take_off(Flight& flight) noexcept {
    flights_.push_back(flight);
    if (to_park_ == nullptr) to_park_ = &flight;
    if (to_stop_ == nullptr) to_stop_ = &flight;
    ++active_;
  }

  [[gnu::always_inline]] void land(Flight& flight) noexcept {
    if (to_park_ == &flight) to_park_ = flights_.after(flight);
    if (to_stop_ == &flight) to_stop_ = flights_.after(flight);
    flight.unlink();
    --(flight.parked ? parked_ : active_);
  }

  /// Parks next_to_park(), which there is.
  void park() noexcept {
    assert(to_park_ != nullptr);
    to_park_->parked = true;
    to_park_ = flights_.after(*to_park_);
    ++parked_;
    --active_;
  }

  /// Takes next_to_stop(), which there is: it does not come again.
  Flight& take_to_stop() noexcept {
    assert(to_stop_ != nullptr);
    Flight& flight = *to_stop_;
    to_stop_ = flights_.after(flight);
    return flight;
  }

  /// Puts the cursor of stopping back on the oldest.
  void stop_from_first() noexcept { to_stop_ = flights_.front(); }

 private:
  IntrusiveList<Flight> flights_;
  Flight* to_park_ = nullptr;
  Flight* to_stop_ = nullptr;
  std::size_t active_ = 0;
  std::size_t parked_ = 0;
};

}  // namespace exocast::detail
