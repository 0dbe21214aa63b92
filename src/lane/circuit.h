// SPDX-License-Identifier: Apache-2.0
#pragma once
// Circuit: stops sending to a peer that is known to be dead, instead of waiting for a timeout per message.
//
// The pattern is the circuit breaker (M. Nygard, "Release It!", 2007):
//   closed     everything may be sent. At least 3 deliveries in a row that could not reach the peer, over at least 5 s,
//              open it: a peer that is restarted within 5 s loses nothing.
//   open       nothing is sent until next_probe(); then one delivery may go, as the probe.
//   half-open  the probe is under way. If it reaches the peer the circuit closes, else it is open again, and the wait
//              for the next probe is drawn from a range twice as long (Backoff: full jitter).
// A peer is reached when it answers, even with a refusal. A message that is not sent is reported `skipped`, with why().
// A value without a clock; one thread.

#include <cstddef>
#include <string>

#include "base/backoff.h"
#include "exocast/lane_options.h"
#include "exocast/status.h"

namespace exocast {

class Circuit {
 public:
  /// `random` draws the waits for the probes.
  Circuit(const CircuitLimits& limits, Random random) noexcept
      : limits_(limits), random_(random), backoff_(limits.probes) {}

  /// Whether a delivery may be sent now. Call sent() if it is; if not, report it `skipped`, with why(now).
  bool allows(TimePoint now) const noexcept { return now >= next_probe(); }

  /// A delivery that was allowed is under way; if the circuit was open, it is the probe. Call one of the next three
  /// functions when it ends.
  void sent() noexcept;

  /// The peer has answered a delivery, accepted or refused: closes the circuit, whatever its state.
  void reached() noexcept;

  /// A delivery did not reach the peer, because of `error`. Ends the probe, if one is under way, even if this delivery
  /// was an earlier one: both have met a peer that cannot be reached.
  void unreachable(TimePoint now, const Status& error);

  /// A delivery ended without news of the peer: it was stopped, or its deadline was too short. Ends the probe, if one
  /// is under way, as a failed one does, so that callers with short deadlines do not wait for a dead peer one after
  /// another. No effect otherwise.
  void ended_unknown(TimePoint now) noexcept;

  /// The time from which allows() is true: TimePoint::min() if closed, TimePoint::max() while a probe is under way.
  TimePoint next_probe() const noexcept;

  CircuitState state() const noexcept { return state_; }

  /// "circuit open since 12.3 s: <last error>", at most about 250 columns; "" if closed.
  std::string why(TimePoint now) const;

  const CircuitMetrics& metrics() const noexcept { return metrics_; }

 private:
  void open(TimePoint now) noexcept;

  CircuitLimits limits_;
  Random random_;
  Backoff backoff_;
  CircuitState state_ = CircuitState::closed;
  std::size_t in_a_row_ = 0;
  TimePoint first_failure_{};  // of those in a row
  TimePoint last_failure_{};
  TimePoint opened_at_{};  // the last change from closed
  TimePoint next_probe_{};
  std::string last_error_;
  CircuitMetrics metrics_;
};

}  // namespace exocast
