// SPDX-License-Identifier: Apache-2.0
#pragma once
// Suspicion: how long a member may stay suspect before it is gone.
//
// Lifeguard's rule (section IV-B): a single accuser may be at fault itself, so the suspicion lasts for `most`. Each
// further one that got no ack either shortens it, down to `least`, with the logarithm: the first ones count most.
// A value without a clock; one thread.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>

#include "exocast/cluster_options.h"
#include "exocast/gather/deadline.h"

namespace exocast::swim {

class Suspicion {
 public:
  /// Accusers after the first one that shorten it: Lifeguard's K.
  static constexpr std::size_t confirmations_max = 3;

  /// Begins at `now`, accused by `accuser`. `possible`: how many others could confirm it.
  Suspicion(TimePoint now, const SuspicionLimits& limits, std::string accuser, std::size_t possible)
      : began_(now), limits_(limits), expected_(std::min(possible, confirmations_max)) {
    accusers_[0] = std::move(accuser);
    set_end();
  }

  /// True if `accuser` is a new one that shortens it.
  bool confirm(std::string_view accuser) {
    if (confirmations_ >= expected_ || std::ranges::find(accusers_, accuser) != accusers_.end()) return false;
    accusers_[++confirmations_] = accuser;
    set_end();
    return true;
  }

  /// When the member is gone, unless it has refuted.
  TimePoint ends() const noexcept { return ends_; }

  /// Begins again after a sign of life.
  void restart(TimePoint now) noexcept {
    began_ = now;
    set_end();
  }

  TimePoint began() const noexcept { return began_; }
  const std::string& accuser() const noexcept { return accusers_[confirmations_]; }  ///< the last one

 private:
  void set_end() noexcept {
    const auto range = static_cast<double>(std::max(limits_.most - limits_.least, Duration::zero()).count());
    const double part = expected_ == 0 ? 1 : std::log1p(confirmations_) / std::log1p(expected_);
    ends_ = began_ + limits_.least + Duration(static_cast<Duration::rep>(range * (1 - part)));
  }

  TimePoint began_;
  TimePoint ends_;
  SuspicionLimits limits_;
  std::size_t expected_;
  std::size_t confirmations_ = 0;
  std::array<std::string, confirmations_max + 1> accusers_;
};

}  // namespace exocast::swim
