// SPDX-License-Identifier: Apache-2.0
#pragma once
// ParkDelay: the time an item may hold an active slot before it is parked, estimated from the items that ended.
//
// A limit bounds the items in flight, but items that hang would keep healthy ones from ever getting a slot. So an item
// that takes much longer than the others is parked: it gives its slot to the next item and stays in flight, in a second
// set of places with a bound of its own. "Much longer" is the retransmission timeout of TCP (RFC 6298): smoothed
// latency plus four times its mean deviation, and at least twice the smoothed latency. Pure arithmetic, no threading
// rules.

#include <algorithm>
#include <cassert>

#include "exocast/gather/deadline.h"

namespace exocast {

class ParkDelay {
 public:
  /// The delay before any item has ended: long for a local call, short for a person.
  static constexpr Duration initial = std::chrono::milliseconds(50);
  /// No item is parked sooner: otherwise scheduling noise would look like hanging among items that take no time.
  static constexpr Duration least = std::chrono::milliseconds(1);
  /// No item holds a slot for longer while others wait and a parking place is free.
  static constexpr Duration most = std::chrono::seconds(1);

  /// An item has ended after `latency`.
  constexpr void ended_after(Duration latency) noexcept {
    assert(latency >= Duration::zero());
    latency = std::min(latency, most);  // a greater value would only risk an overflow
    if (smoothed_ < Duration::zero()) {
      smoothed_ = latency;
      deviation_ = latency / 2;
    } else {
      const Duration error = latency - smoothed_;
      deviation_ += ((error < Duration::zero() ? -error : error) - deviation_) / 4;
      smoothed_ += error / 8;
    }
  }

  /// How long an item may now hold its slot.
  constexpr Duration value() const noexcept {
    if (smoothed_ < Duration::zero()) return initial;
    return std::clamp(smoothed_ + std::max(smoothed_, 4 * deviation_), least, most);
  }

 private:
  Duration smoothed_ = Duration(-1);
  Duration deviation_{};
};

}  // namespace exocast
