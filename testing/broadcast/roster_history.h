// SPDX-License-Identifier: Apache-2.0
#pragma once
// RosterHistory: a random history of published streams while peers join, leave and restart at any moment, over links
// with faults, until the broadcaster is drained or destroyed. Recorded so that tests can check the promises. The same
// seed gives the same history. One thread.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "exocast/broadcaster.h"
#include "exocast/gather/wait.h"
#include "testing/link/sim_link.h"
#include "testing/sim_loop.h"

namespace exocast {

/// std::ranges::contains, which this standard library lacks.
bool contains(const auto& range, const auto& value) { return std::ranges::find(range, value) != range.end(); }

struct RosterHistoryOptions {
  /// The first peer stays and has no faults, and limits are ample, so the other peers cannot affect it.
  bool apart = false;
  bool changes = true;  ///< of the roster
};

class RosterHistory {
 public:
  explicit RosterHistory(std::uint64_t seed, const RosterHistoryOptions& options = {});

  struct At {
    std::vector<PeerOutcome> outcomes;
    TimePoint told{};
    bool accepted_when_told = false;
  };
  /// One message; its number is its index in `published`.
  struct Published {
    std::size_t stream = 0;
    TimePoint begun{};
    TimePoint latest{};
    bool limited = false;  // not all receivers at once
    std::uint64_t epoch = 0;
    std::vector<std::size_t> receivers;  // of the roster at that time
    std::vector<At> at{};                // per receiver
    std::optional<Report> report{};
  };
  struct Peer {
    std::vector<int> heard;                  // numbers of messages, in order
    std::vector<TimePoint> left;             // when its lane was retired
    std::vector<std::weak_ptr<Link>> links;  // all its links so far
    bool accepted(std::size_t number) const { return contains(heard, static_cast<int>(number)); }
  };

  std::deque<Published> published;
  std::deque<Peer> peers;
  FairLimits limits;
  BroadcasterMetrics at_the_end;
  std::vector<int> heard_by_first;  // until the drain
  std::size_t retired_peak = 0;
  std::size_t left = 0;  // in progress after the drain
  bool drained = false;  // else destroyed with work in progress

 private:
  void make_peer();
  std::shared_ptr<Link> make_link(std::size_t peer);
  std::expected<void, Status> hear(std::size_t peer, const Message& message);
  void change_roster();
  task<void> keep_changing(TimePoint until);
  task<void> live(std::size_t stream, TimePoint until);
  void publish(std::size_t stream, Random& random);
  task<void> wait(Ticket ticket, std::size_t number);

  RosterHistoryOptions options_;
  SimLoop loop_;
  Random random_;
  std::deque<SimPeer> sim_peers_;
  std::vector<std::shared_ptr<Link>> links_;  // the current link of each peer
  std::vector<std::size_t> roster_;
  std::uint64_t epoch_ = 0;
  Scope waits_{loop_};
  std::unique_ptr<Broadcaster> broadcaster_;
};

}  // namespace exocast
