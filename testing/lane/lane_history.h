// SPDX-License-Identifier: Apache-2.0
#pragma once
// LaneHistory: a random history of streams published to a few peers, over native links on simulated wires or over
// simulated links that merge, with faults until everything heals. Recorded so that tests can check the promises. The
// same seed gives the same history. One thread.

#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "exocast/broadcaster.h"
#include "testing/lane/lane_peer.h"

namespace exocast {

/// A published message and its outcomes.
struct Published {
  std::size_t stream = 0;  // also its key
  StreamClass stream_class{};
  bool large = false;   // for a native link
  bool healed = false;  // published after the faults
  bool finished = false;
  TimePoint at_time{};
  TimePoint latest{};  // its deadline
  struct At {
    std::vector<PeerOutcome> outcomes;
    TimePoint told{};
    bool accepted_when_told = false;
  };
  std::vector<At> at{};  // per peer
  std::optional<Report> report{};
};

class LaneHistory {
 public:
  explicit LaneHistory(std::uint64_t seed, const LaneHistoryOptions& options = {});

  std::deque<Published> published;
  std::deque<std::unique_ptr<LanePeer>> peers;
  FairLimits limits;
  LaneOptions lanes;
  BroadcasterMetrics at_the_end;
  std::vector<LaneMetrics> lanes_at_the_end;
  std::size_t left = 0;
  std::size_t refused = 0;            // by publish()
  Duration over_longest{};            // the longest time that a lane exceeded its limits
  std::size_t broadcasts_max = 1000;  // in progress at once
  std::size_t bytes_max = 1 << 20;
  Gauges gauges;

  /// The earliest time at which the loop can run an event due at `time`: it may stand still by then.
  TimePoint awake_at(TimePoint time) const;
  bool slept() const noexcept { return !sleeps_.empty(); }

 private:
  task<void> live(std::size_t stream);
  task<void> sleep_now_and_then(Random random);
  bool publish(std::size_t stream, bool healed, Random& random, bool finished = false);
  task<void> wait(Ticket ticket, std::size_t number);
  void look();
  void run();

  LaneHistoryOptions options_;
  SimLoop loop_;
  TimePoint heals_at_;
  std::unique_ptr<Broadcaster> broadcaster_;
  std::vector<std::pair<TimePoint, TimePoint>> sleeps_;
  std::vector<TimePoint> over_since_;
  std::vector<std::size_t> dropped_;
  std::size_t streams_ = 0;
  std::size_t living_ = 0;
  Scope waits_{loop_};  // for the reports
};

}  // namespace exocast
