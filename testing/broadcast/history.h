// SPDX-License-Identifier: Apache-2.0
#pragma once
// History: a drawn piece of life of a Broadcaster - peers with faults, a few streams of broadcasts at once, options of
// all kinds - lived on virtual time and written down, for the promises to be held against. The same seed lives the same
// history.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exocast/broadcaster.h"
#include "exocast/gather/wait.h"
#include "testing/broadcast/sim_network.h"
#include "testing/sim_loop.h"

namespace exocast {

/// One broadcast of a history.
struct Told {
  std::string name;  // its message's request id
  std::size_t stream = 0;
  BroadcastOptions options;
  TimePoint begun{};
  TimePoint ended{};
  Report report{};
  std::vector<std::vector<PeerOutcome>> progress;  // for each peer what on_outcome said
  std::vector<std::size_t> accepted_when_told;     // for each peer, how often it had accepted the message by then
};

struct HistoryOptions {
  /// False: limits that matter, and streams that await one broadcast after another. True: ample limits, one broadcast a
  /// stream, no two events at the same moment: nothing is left through which one peer could change anything for
  /// another.
  bool apart = false;
  /// One more peer, behind those that are drawn.
  std::optional<SimTreatment> last_peer = std::nullopt;
};

class History {
 public:
  explicit History(std::uint64_t seed, const HistoryOptions& options = {});

  std::vector<Told> broadcasts;  // in the order of their ends
  FairLimits limits;
  BroadcasterMetrics metrics_at_the_end;
  std::size_t live_after_drain = 0;

  const SimNetwork& network() const noexcept { return network_; }

 private:
  struct Planned {
    Duration before;  // how long the stream waits first
    BroadcastOptions options;
    Duration stop_after;
  };
  using Stream = std::vector<Planned>;

  void draw_peers();
  SimOdds draw_odds();
  Stream draw_stream();
  BroadcastOptions draw_options();
  task<void> live(std::size_t stream, Stream planned);
  static task<void> stop_later(StopSource& stop, Duration after);

  bool apart_;
  SimLoop loop_;
  Random random_;
  SimNetwork network_;
  std::deque<StopSource> stops_;
  std::unique_ptr<Broadcaster> broadcaster_;
};

}  // namespace exocast
