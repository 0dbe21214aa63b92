// SPDX-License-Identifier: Apache-2.0
#include "lane/fair_share.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace exocast {
namespace {

void raise(std::size_t& peak, std::size_t value) noexcept { peak = std::max(peak, value); }

}  // namespace

bool FairShare::request(Claim& claim, TimePoint now) noexcept {
  assert(claim.state_ == Claim::State::idle && !claim.linked());
  if (claim.target_->held_ >= limits_.per_target.count()) {
    claim.state_ = Claim::State::blocked;
    claim.target_->blocked_.push_back(claim);
    wait();
    return false;
  }
  ++claim.target_->held_;
  if (metrics_.active < limits_.active.count()) {  // then no claim is queued: places are granted as they become free
    activate(claim, now);
    return true;
  }
  queue(claim);
  wait();
  return false;
}

void FairShare::release(Claim& claim, TimePoint now) noexcept {
  claim.unlink();
  switch (std::exchange(claim.state_, Claim::State::idle)) {
    case Claim::State::idle:
      return;
    case Claim::State::blocked:
      --metrics_.waiting;
      return;
    case Claim::State::queued:
      --metrics_.waiting;
      if (claim.flow_->queued_.empty()) claim.flow_->unlink();
      break;
    case Claim::State::active:
      --metrics_.active;
      learn(now - claim.granted_at_);
      break;
    case Claim::State::parked:
      --metrics_.parked;
      learn(now - claim.granted_at_);
      break;
  }
  leave_target(*claim.target_);
}

FairShare::Claim* FairShare::grant_next(TimePoint now) noexcept {
  if (turns_.empty()) return nullptr;
  if (metrics_.active >= limits_.active.count()) {
    if (next_park() > now) return nullptr;
    park_oldest();
  }
  Flow* flow = turns_.pop_front();
  Claim* claim = flow->queued_.pop_front();
  if (!flow->queued_.empty()) turns_.push_back(*flow);
  assert(metrics_.waiting > 0);
  --metrics_.waiting;
  activate(*claim, now);
  return claim;
}

TimePoint FairShare::next_park() const noexcept {
  const Claim* oldest = actives_.front();
  if (turns_.empty() || oldest == nullptr || metrics_.parked >= parked_max_) return TimePoint::max();
  return oldest->granted_at_ + park_delay_.value();
}

void FairShare::queue(Claim& claim) noexcept {
  assert(!claim.linked());
  claim.state_ = Claim::State::queued;
  if (claim.flow_->queued_.empty()) turns_.push_back(*claim.flow_);
  claim.flow_->queued_.push_back(claim);
}

void FairShare::activate(Claim& claim, TimePoint now) noexcept {
  assert(metrics_.active < limits_.active.count() && !claim.linked());
  claim.state_ = Claim::State::active;
  claim.granted_at_ = now;
  actives_.push_back(claim);
  ++metrics_.granted_total;
  raise(metrics_.active_peak, ++metrics_.active);
  raise(metrics_.in_flight_peak, metrics_.in_flight());
}

void FairShare::park_oldest() noexcept {
  assert(!actives_.empty() && metrics_.parked < parked_max_);
  actives_.pop_front()->state_ = Claim::State::parked;
  --metrics_.active;
  ++metrics_.parked_total;
  raise(metrics_.parked_peak, ++metrics_.parked);
}

void FairShare::leave_target(Target& target) noexcept {
  assert(target.held_ > 0);
  --target.held_;
  if (Claim* next = target.blocked_.pop_front(); next != nullptr) {
    ++target.held_;
    queue(*next);
  }
}

// A hung claim only shows that places may be held longer. Its time is capped, since a single one would otherwise delay
// the parking of all later claims.
void FairShare::learn(Duration held) noexcept { park_delay_.ended_after(std::min(held, park_delay_.value())); }

void FairShare::wait() noexcept { raise(metrics_.waiting_peak, ++metrics_.waiting); }

}  // namespace exocast
