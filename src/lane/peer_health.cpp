// SPDX-License-Identifier: Apache-2.0
#include "lane/peer_health.h"

#include <algorithm>

namespace exocast {
namespace {

constexpr Duration latency_max = std::chrono::hours(1);  // a larger value has no effect, and might overflow

// One answer after a long silence must not decide alone; least of all the one that ends a stall, whose latency shows
// how long the peer was stopped and not how fast it is.
constexpr double weight_max = 1.0 / 4;
constexpr double weight_max_unhealthy = 1.0 / 64;

double count(Duration duration) noexcept { return static_cast<double>(duration.count()); }

}  // namespace

std::string_view to_string(PeerState state) noexcept {
  switch (state) {
    case PeerState::healthy:
      return "healthy";
    case PeerState::slow:
      return "slow";
    case PeerState::stalled:
      return "stalled";
    case PeerState::gone:
      return "gone";
  }
  return "unknown";
}

void PeerHealth::answered(TimePoint now, Duration latency) noexcept {
  const double reading = count(std::clamp(latency, Duration::zero(), latency_max));
  if (!last_answer_) {
    usual_ns_ = reading;
  } else {
    const bool healthy = state_ == PeerState::healthy;
    const double memory = std::max(1.0, count(healthy ? limits_.memory : limits_.memory_unhealthy));
    const double elapsed = count(std::max(now - *last_answer_, Duration::zero()));
    usual_ns_ += (reading - usual_ns_) * std::min(elapsed / memory, healthy ? weight_max : weight_max_unhealthy);
  }
  last_answer_ = now;
}

PeerState PeerHealth::update(TimePoint now, Duration oldest_age, bool circuit_open) noexcept {
  if (circuit_open) {
    if (state_ != PeerState::gone) change(PeerState::gone, now);
    return state_;
  }
  if (state_ == PeerState::gone) {  // it is back: on probation
    change(PeerState::slow, now);
    return state_;
  }

  const Duration silence = last_answer_ ? std::min(oldest_age, now - *last_answer_) : oldest_age;
  const Duration slow_after = threshold(limits_.slow);
  const Duration stalled_after = threshold(limits_.stalled);
  if (silence > stalled_after) {
    if (state_ != PeerState::stalled && held(now)) change(PeerState::stalled, now);
    calm_since_.reset();
  } else if (state_ == PeerState::stalled) {
    recover(now, silence < stalled_after / 2);
  } else if (oldest_age > slow_after) {
    if (state_ == PeerState::healthy && held(now)) change(PeerState::slow, now);
    calm_since_.reset();
  } else if (state_ == PeerState::slow) {
    recover(now, oldest_age < slow_after / 2);
  }
  return state_;
}

Duration PeerHealth::usual_latency() const noexcept { return Duration(static_cast<Duration::rep>(usual_ns_)); }

/// The longest normal wait: `least`, or the multiple of the usual latency.
Duration PeerHealth::threshold(Duration least) const noexcept {
  const double usual = std::min(usual_ns_ * std::max(1.0, limits_.factor), count(std::chrono::hours(24)));
  return std::max(least, Duration(static_cast<Duration::rep>(usual)));
}

bool PeerHealth::held(TimePoint now) const noexcept {
  return changed_at_ == TimePoint::min() || now - changed_at_ >= limits_.hold;
}

void PeerHealth::change(PeerState to, TimePoint now) noexcept {
  state_ = to;
  changed_at_ = now;
  calm_since_.reset();
  ++changes_total_;
}

/// One step towards healthy, once the peer has been `calm` for long enough.
void PeerHealth::recover(TimePoint now, bool calm) noexcept {
  if (!calm) return calm_since_.reset();
  if (!calm_since_) calm_since_ = now;
  if (now - *calm_since_ < limits_.hold) return;
  change(state_ == PeerState::stalled ? PeerState::slow : PeerState::healthy, now);
}

}  // namespace exocast
