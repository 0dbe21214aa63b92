// SPDX-License-Identifier: Apache-2.0
#pragma once
// FairShare: who of many may use one of a few places next. The policy alone: no clock, no waiting, no scheduler.
//
// Claims ask for a place. Each belongs to a flow (one broadcast) and aims at a target (one peer). Three hard bounds:
//   active      claims that hold a place;
//   parked      claims that held one for far longer than others do (ParkDelay) while someone waited for it: they
//               gave it up but still run, so they are still counted;
//   per target  claims to one target, active, parked or queued: one that hangs cannot fill the places above, however
//               many flows aim at it. More of them wait for one of these to end, first come first served.
// A free place goes to the flows in turn (round robin), and inside a flow in the order of asking.
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

  /// Those who share: each gets its turn.
  class Flow : public IntrusiveLink<Flow> {
    friend class FairShare;
    IntrusiveList<Claim> queued_;
  };

  /// What claims aim at.
  class Target {
    friend class FairShare;
    std::size_t held_ = 0;
    IntrusiveList<Claim> blocked_;
  };

  class Claim : public IntrusiveLink<Claim> {
   public:
    Claim(Flow& flow, Target& target) noexcept : flow_(&flow), target_(&target) {}

    /// Whether it waits for others to its target, not for a place.
    bool blocked() const noexcept { return state_ == State::blocked; }
    /// Whether it has been granted.
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

  /// `claim`, which is idle, asks for a place. True if it has one at once, else it waits for grant_next().
  bool request(Claim& claim, TimePoint now) noexcept;

  /// `claim` is done, or does not wait any longer: it is idle again. Then ask grant_next().
  void release(Claim& claim, TimePoint now) noexcept;

  /// Grants a place to the claim whose turn it is and returns it; nullptr when none waits or no place is free, after
  /// parking what is overdue at `now`. To be asked until it says nullptr, after each release and at next_park().
  Claim* grant_next(TimePoint now) noexcept;

  /// When a claim will be overdue while others wait for its place; TimePoint::max() when none can be.
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
