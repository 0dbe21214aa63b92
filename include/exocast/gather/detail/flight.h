// SPDX-License-Identifier: Apache-2.0
#pragma once
// Flights: the items of a gather that are in flight, in the order of their start.
//
// The first part of the list is parked, the rest is active, because the oldest active item is always the next to park.
// So two cursors find, without a search, the next item to park and the next to be asked to stop, whether its own time
// is up or all stop. A flight that lands moves the cursors on. Intrusive, allocates nothing. One thread, no locks.

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
  // The flags use the padding of StopSource: the cost of many items at once is memory.
  [[no_unique_address]] StopSource stop;
  Reason stop_reason = Reason::cancelled;
  bool parked = false;
  bool given_up = false;  // its outcome is final: the deadline did not wait for it

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

  /// Adds `flight` as the youngest, active.
  [[gnu::always_inline]] void take_off(Flight& flight) noexcept {
    flights_.push_back(flight);
    if (to_park_ == nullptr) to_park_ = &flight;
    if (to_stop_ == nullptr) to_stop_ = &flight;
    ++active_;
  }

  /// Removes `flight`, which is here.
  [[gnu::always_inline]] void land(Flight& flight) noexcept {
    assert(flight.linked());
    if (to_park_ == &flight) to_park_ = flights_.after(flight);
    if (to_stop_ == &flight) to_stop_ = flights_.after(flight);
    flight.unlink();
    --(flight.parked ? parked_ : active_);
  }

  /// Parks next_to_park(), which must exist.
  void park() noexcept {
    assert(to_park_ != nullptr);
    to_park_->parked = true;
    to_park_ = flights_.after(*to_park_);
    ++parked_;
    --active_;
  }

  /// Returns next_to_stop(), which must exist, and moves that cursor on.
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
