// SPDX-License-Identifier: Apache-2.0
#pragma once
// History: a random history of a Broadcaster, recorded so that tests can check the promises: peers with faults, a few
// concurrent streams of broadcasts, all kinds of options, on virtual time. The same seed gives the same history.

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
struct BroadcastRecord {
  std::string name;  // the request id of its message
  std::size_t stream = 0;
  BroadcastOptions options;
  TimePoint begun{};
  TimePoint ended{};
  Report report{};
  std::vector<std::vector<PeerOutcome>> progress;  // per peer, the outcomes from on_outcome
  std::vector<std::size_t> accepted_when_told;     // per peer, its number of accepts at that moment
};

struct HistoryOptions {
  /// False: tight limits, and streams that await each broadcast before the next. True: ample limits, one broadcast per
  /// stream, and no two events at the same moment, so no peer can affect another.
  bool apart = false;
  /// One more peer, after the random ones.
  std::optional<SimTreatment> last_peer = std::nullopt;
};

class History {
 public:
  explicit History(std::uint64_t seed, const HistoryOptions& options = {});

  std::vector<BroadcastRecord> broadcasts;  // in the order in which they ended
  FairLimits limits;
  BroadcasterMetrics metrics_at_the_end;
  std::size_t live_after_drain = 0;

  const SimNetwork& network() const noexcept { return network_; }

 private:
  struct Planned {
    Duration before;  // the stream's wait before it
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
