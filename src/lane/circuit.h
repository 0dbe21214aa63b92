// SPDX-License-Identifier: Apache-2.0
#pragma once
// Circuit: stops sending to a peer that is known to be dead, instead of waiting out a timeout for each message.
//
// The pattern is the circuit breaker (M. Nygard, "Release It!", 2007):
//   closed     everything may be sent. At least 3 deliveries in a row that could not reach the peer, over at least 5 s,
//              open it: a peer that is restarted within 5 s loses nothing.
//   open       nothing is sent until next_probe(); then one delivery may go, as the probe.
//   half-open  the probe is under way. If it reaches the peer the circuit closes, else it is open again, and the wait
//              for the next probe is drawn from a range twice as long (Backoff: full jitter).
// A peer is reached when it answers, also if it refuses. Whatever is not sent is to be reported as skipped, with why().
// A value without a clock; one thread.

#include <cstddef>
#include <string>

#include "base/backoff.h"
#include "exocast/lane_options.h"
#include "exocast/status.h"

namespace exocast {

class Circuit {
 public:
  /// `random` is for the probes' waits.
  Circuit(const CircuitLimits& limits, Random random) noexcept
      : limits_(limits), random_(random), backoff_(limits.probes) {}

  /// Whether a delivery may be sent now. If you send one, say so with sent(); if not, it is to be `skipped`: why(now).
  bool allows(TimePoint now) const noexcept { return now >= next_probe(); }

  /// A delivery that was allowed is under way; if the circuit was open, it is the probe. Each ends with one of the
  /// three below.
  void sent() noexcept;

  /// A delivery was answered by the peer, accepted or refused: the circuit is closed, whatever it was.
  void reached() noexcept;

  /// A delivery did not reach the peer, because of `error`. Ends the probe, if one is under way: which of several
  /// deliveries it was does not matter, both have met a peer that cannot be reached.
  void unreachable(TimePoint now, const Status& error);

  /// A delivery ended without saying anything about the peer: it was stopped, or its deadline was too short. A probe is
  /// waited for no longer, and the next comes as late as after one that failed, so that callers who are in a hurry do
  /// not wait for a dead peer one after another. Else nothing happens.
  void ended_unknown(TimePoint now) noexcept;

  /// From when on allows() is true without news: TimePoint::min() if closed, TimePoint::max() while a probe is under
  /// way.
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
  TimePoint opened_at_{};  // from closed
  TimePoint next_probe_{};
  std::string last_error_;
  CircuitMetrics metrics_;
};

}  // namespace exocast
