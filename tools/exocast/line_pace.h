// SPDX-License-Identifier: Apache-2.0
#pragma once
// LinePace: when `exocast send -` may send its next line. Every peer that answers sets the pace, so that a file is not
// sent faster than the slowest of them takes it, and no line times out in a queue. A peer that is silent sets none.
// A pure policy: no clock, no waiting. One thread.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <deque>
#include <vector>

#include "exocast/gather/deadline.h"

namespace exocast {

class LinePace {
 public:
  /// A peer may have this many lines unanswered at first, and one more for each line that it has answered.
  static constexpr std::size_t window_first = 16;
  static constexpr std::size_t window_max = 1024;
  /// A peer that answers nothing for this long sets no pace: longer than a hiccup, and a short pause for the others.
  static constexpr Duration patience = std::chrono::seconds(1);

  /// For lines to `peers`, each with `timeout`: none is to wait longer than a quarter of it.
  LinePace(std::size_t peers, Duration timeout) : peers_(peers), age_max_(timeout / 4) {}

  /// A line was sent to all peers.
  void started(TimePoint now) {
    if (peers_.empty()) return;
    for (Peer& peer : peers_) {
      if (peer.settled == started_) peer.progress_at = now;
    }
    ++started_;
    begun_.push_back(now);
  }

  /// The outcome of a line at `peer` (its index) is known.
  void settled(std::size_t peer, bool delivered, TimePoint now) {
    assert(peer < peers_.size() && peers_[peer].settled < started_);
    ++peers_[peer].settled;
    if (delivered) peers_[peer].progress_at = now;
    const auto slowest = std::ranges::min(peers_, {}, &Peer::settled).settled;
    for (; forgotten_ < slowest; ++forgotten_) begun_.pop_front();
  }

  /// Until when the next line has to wait, if nothing settles before; `now` or earlier: it may be sent.
  TimePoint holds_until(TimePoint now) const {
    TimePoint until = now;
    for (const Peer& peer : peers_) {
      if (holds(peer, now)) until = std::max(until, peer.progress_at + patience);
    }
    return until;
  }

 private:
  struct Peer {
    std::size_t settled = 0;
    TimePoint progress_at{};
  };

  bool holds(const Peer& peer, TimePoint now) const {
    if (peer.settled == started_) return false;
    const bool is_late = now - begun_[peer.settled - forgotten_] > age_max_;
    return is_late || started_ - peer.settled >= std::min(window_max, window_first + peer.settled);
  }

  std::vector<Peer> peers_;
  Duration age_max_;
  std::size_t started_ = 0;
  std::deque<TimePoint> begun_;  // of the lines that some peer has not settled
  std::size_t forgotten_ = 0;    // lines before these
};

}  // namespace exocast
