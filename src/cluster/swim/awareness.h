// SPDX-License-Identifier: Apache-2.0
#pragma once
// Awareness: Lifeguard's local health of this node, and the probe timeouts that follow from it.
//
// A score of 0 is healthy. A failed probe whose helpers sent no NACK adds 1, because this node itself may lose
// datagrams; a successful probe subtracts 1. All timeouts are multiplied by 1 + score. One thread, no clock.
// Lifetime: options and metrics outlive it. The score is kept in MembershipMetrics::local_health.

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstddef>

#include "cluster/swim/membership_metrics.h"
#include "exocast/cluster_options.h"
#include "exocast/gather/deadline.h"

namespace exocast::swim {

/// The round trip as TCP estimates it (RFC 6298, 2): smoothed, with four times its deviation as the timeout.
class RoundTrip {
 public:
  void add(Duration sample) noexcept {
    if (smoothed_ == Duration::zero()) {
      smoothed_ = sample;
      deviation_ = sample / 2;
      return;
    }
    deviation_ += (std::chrono::abs(smoothed_ - sample) - deviation_) / 4;
    smoothed_ += (sample - smoothed_) / 8;
  }

  /// Zero before the first sample.
  Duration smoothed() const noexcept { return smoothed_; }
  Duration timeout() const noexcept { return smoothed_ + 4 * deviation_; }

 private:
  Duration smoothed_ = Duration::zero();
  Duration deviation_ = Duration::zero();
};

class Awareness {
 public:
  Awareness(const MembershipOptions& options, MembershipMetrics& metrics) : options_(options), metrics_(metrics) {}

  /// A probe failed, or another member suspects this node.
  void worsen() noexcept { metrics_.local_health = std::min(metrics_.local_health + 1, score_max); }

  /// A probe succeeded.
  void improve() noexcept {
    if (metrics_.local_health > 0) --metrics_.local_health;
  }

  /// A direct probe was acknowledged after `sample`.
  void add_round_trip(Duration sample) {
    assert(sample >= Duration::zero());
    round_trip_.add(std::min(sample, options_.verdict_timeout));
  }
  const RoundTrip& round_trip() const noexcept { return round_trip_; }

  /// How long to wait for an ack before asking helpers.
  Duration ack_timeout() const { return base_timeout() * multiplier(); }

  /// How long to wait for an ack, direct or indirect, before suspecting the member.
  Duration verdict_timeout() const {
    const Duration longer = base_timeout() - options_.ack_timeout;
    return (options_.verdict_timeout + 2 * longer) * multiplier();  // the delay counts for both ways of probing
  }

 private:
  // Lifeguard uses 8. With 8, a node that has lost all others would need 30 s to notice.
  static constexpr std::size_t score_max = 3;
  // Limits the growth by round-trip times, because these include pauses of the other member.
  static constexpr int growth_max = 4;

  Duration base_timeout() const {
    return std::min(std::max(options_.ack_timeout, round_trip_.timeout()), options_.ack_timeout * growth_max);
  }
  Duration::rep multiplier() const noexcept { return static_cast<Duration::rep>(1 + metrics_.local_health); }

  const MembershipOptions& options_;
  MembershipMetrics& metrics_;
  RoundTrip round_trip_;
};

}  // namespace exocast::swim
