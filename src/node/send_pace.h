// SPDX-License-Identifier: Apache-2.0
#pragma once
// SendPace: when the next of a row of messages may be sent. Every peer that answers sets the pace, so that the row is
// not sent faster than the slowest of them takes it, and no message times out in a queue. A silent peer sets none.
// A pure policy: no clock, no waiting. One thread.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <deque>
#include <vector>

#include "exocast/gather/deadline.h"

namespace exocast {

class SendPace {
 public:
  /// How many messages may be unanswered by a peer: at first, and at most.
  static constexpr std::size_t window_first = 4;
  static constexpr std::size_t window_max = 256;

  /// For messages to `peers` peers, each with `timeout`. An answer is late after a quarter of it: then the peer's
  /// window shrinks. It grows with answers that take less than an eighth. A peer that answers nothing for that long
  /// sets no pace.
  SendPace(std::size_t peers, Duration timeout) : peers_(peers), late_(timeout / 4), patience_(timeout / 8) {}

  /// A message was sent to all peers.
  void started(TimePoint now) {
    if (peers_.empty()) return;
    for (Peer& peer : peers_) {
      if (peer.settled == started_) peer.progress_at = now;
    }
    ++started_;
    begun_.push_back(now);
  }

  /// The outcome of a message at `peer` (its index) is known.
  void settled(std::size_t peer, bool delivered, TimePoint now) {
    assert(peer < peers_.size() && peers_[peer].settled < started_);
    Peer& of = peers_[peer];
    const Duration took = now - begun_[of.settled - forgotten_];
    ++of.settled;
    if (delivered) {
      of.progress_at = now;
      of.adapt(took, late_, patience_);
    }
    const auto slowest = std::ranges::min(peers_, {}, &Peer::settled).settled;
    for (; forgotten_ < slowest; ++forgotten_) begun_.pop_front();
  }

  /// Until when the next message has to wait, if nothing settles before; `now` or earlier: it may be sent.
  TimePoint holds_until(TimePoint now) const {
    TimePoint until = now;
    for (const Peer& peer : peers_) {
      if (holds(peer, now)) until = std::max(until, peer.progress_at + patience_);
    }
    return until;
  }

 private:
  struct Peer {
    std::size_t settled = 0;
    std::size_t window = window_first;
    std::size_t in_good_time = 0;  // answers since the window last grew
    TimePoint progress_at{};

    void adapt(Duration took, Duration late, Duration good) {
      if (took > late) {
        window = std::max<std::size_t>(1, window * 3 / 4);
      } else if (took < good && ++in_good_time * 4 > window) {
        window = std::min(window_max, window + 1);
        in_good_time = 0;
      }
    }
  };

  bool holds(const Peer& peer, TimePoint now) const {
    return started_ - peer.settled >= peer.window && now < peer.progress_at + patience_;
  }

  std::vector<Peer> peers_;
  Duration late_;
  Duration patience_;
  std::size_t started_ = 0;
  std::deque<TimePoint> begun_;  // of the messages that some peer has not settled
  std::size_t forgotten_ = 0;    // messages before these
};

}  // namespace exocast
