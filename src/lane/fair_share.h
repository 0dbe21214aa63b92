// SPDX-License-Identifier: Apache-2.0
#pragma once
// FairShare: which of many claims gets a free place next. The policy alone: no clock, no waiting, no scheduler.
//
// A claim requests a place. It belongs to a flow (one broadcast) and has a target (one peer). Three hard bounds:
//   active      claims that hold a place;
//   parked      claims that held a place far longer than usual (ParkDelay) while another claim waited for it: they
//               gave it up but still run, so they are still counted;
//   per target  claims to one target, active, parked or queued, so that a target that hangs cannot fill all places,
//               however many flows use it. Further claims to it are blocked until one ends, in the order of arrival.
// A free place goes to the flows in turn (round robin), and inside a flow in the order of the requests.
// Threading: one thread, no locks. Lifetime: this, flows and targets outlive the claims. Nothing is allocated.

#include <cstddef>

#include "exocast/gather/deadline.h"
#include "exocast/gather/detail/intrusive_list.h"
#include "exocast/gather/detail/park_delay.h"
#include "exocast/lane_options.h"

namespace exocast {

class FairShare {
 public:
  class Claim;

  /// A broadcast. Flows take turns.
  class Flow : public IntrusiveLink<Flow> {
    friend class FairShare;
    IntrusiveList<Claim> queued_;
  };

  /// A peer.
  class Target {
    friend class FairShare;
    std::size_t held_ = 0;
    IntrusiveList<Claim> blocked_;
  };

  class Claim : public IntrusiveLink<Claim> {
   public:
    Claim(Flow& flow, Target& target) noexcept : flow_(&flow), target_(&target) {}

    /// Whether it waits for other claims to its target rather than for a place.
    bool blocked() const noexcept { return state_ == State::blocked; }
    /// Whether it holds a place, or held one and is parked.
    bool granted() const noexcept { return state_ == State::active || state_ == State::parked; }
    bool parked() const noexcept { return state_ == State::parked; }

   private:
    friend class FairShare;
    enum class State : unsigned char { idle, blocked, queued, active, parked };
    Flow* flow_;
    Target* target_;
    TimePoint granted_at_{};
    State state_ = State::idle;
  };

  explicit FairShare(const FairLimits& limits) noexcept
      : limits_(limits), parked_max_(limits.parked.value_or(limits.active.count())) {}

  /// Requests a place for `claim`, which is idle. Returns true if it gets one at once; else it waits for grant_next().
  bool request(Claim& claim, TimePoint now) noexcept;

  /// Makes `claim` idle again: it is done, or no longer waits. Call grant_next() afterwards.
  void release(Claim& claim, TimePoint now) noexcept;

  /// Grants a place to the claim whose turn it is and returns it; nullptr if no claim waits or no place is free. Parks
  /// a claim that is overdue at `now` to free a place. Call it until it returns nullptr, after each release() and at
  /// next_park().
  Claim* grant_next(TimePoint now) noexcept;

  /// When the next claim is overdue while others wait for its place; TimePoint::max() if none can be.
  TimePoint next_park() const noexcept;

  const FairMetrics& metrics() const noexcept { return metrics_; }
  const FairLimits& limits() const noexcept { return limits_; }

 private:
  void queue(Claim& claim) noexcept;
  void activate(Claim& claim, TimePoint now) noexcept;
  void park_oldest() noexcept;
  void leave_target(Target& target) noexcept;
  void learn(Duration held) noexcept;
  void wait() noexcept;

  FairLimits limits_;
  std::size_t parked_max_;
  IntrusiveList<Flow> turns_;     // flows with queued claims, the next one first
  IntrusiveList<Claim> actives_;  // the longest active first
  ParkDelay park_delay_;
  FairMetrics metrics_;
};

}  // namespace exocast
