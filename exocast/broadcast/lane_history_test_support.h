// SPDX-License-Identifier: Apache-2.0
#pragma once
// LaneHistory: a drawn piece of life of streams that are published to a few peers, over real native links on simulated
// wires or over simulated links that merge, with faults until everything heals. Written down for promises to be held
// against. The same seed lives the same history. One thread.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exocast/broadcast/broadcaster.h"
#include "exocast/broadcast/sim_network_test_support.h"
#include "exocast/gather/wait.h"
#include "exocast/link/native/native_link.h"
#include "exocast/link/native/native_receiver.h"
#include "exocast/link/sim/sim_stream.h"
#include "exocast/runtime/sim.h"

namespace exocast {

struct LaneHistoryOptions {
  bool merging = false;  ///< links that merge, not native ones
  /// Ample limits, and nothing but the first peer's faults is drawn: nothing is left through which it could change
  /// anything for another.
  bool apart = false;
  bool faults = true;
};

/// What was published, and what was said of it.
struct Published {
  std::size_t stream = 0;
  bool healed = false;  // published after the faults
  TimePoint latest{};   // its deadline
  struct At {
    std::vector<DeliveryOutcome> outcomes;
    TimePoint told{};
    bool accepted_when_told = false;
  };
  std::vector<At> at{};  // each peer
  std::optional<Report> report{};
};

/// A peer, with what each of its incarnations heard, in order.
class LanePeer final : public MessageHandler {
 public:
  using Answer = std::expected<void, LinkError>;

  LanePeer(SimLoop& loop, std::size_t index, const LaneHistoryOptions& options, Random random, Gauges& gauges);

  task<Answer> accept(Message message) override;
  std::shared_ptr<Link> link() const { return link_; }
  task<void> do_harm(Random random, TimePoint until);
  void heal();
  void close();

  std::vector<std::vector<int>> heard;  // by incarnation; numbers of messages
  std::vector<bool> accepted;           // by number, by any incarnation
  std::map<int, int> times;             // heard
  std::size_t under_way = 0;
  const Load& gauge() const noexcept { return gauge_; }

 private:
  class Counted;
  void restart();
  Answer hear(const Message& message);
  std::expected<std::unique_ptr<ByteStream>, LinkError> dial();
  SimTreatment treat();

  SimLoop& loop_;
  std::string name_;
  Random random_;
  Random treatments_;
  Load gauge_;
  SimWireOptions wire_options_;
  SimOdds odds_;
  SimPlan drawn_;
  Duration takes_;
  std::size_t refuses_;
  bool refuses_dials_ = false;
  bool healthy_ = true;
  std::uint64_t incarnations_ = 0;
  std::unique_ptr<SimPeer> sim_peer_;
  std::unique_ptr<NativeReceiver> receiver_;
  std::vector<std::shared_ptr<SimWire>> wires_;
  std::shared_ptr<Link> link_;
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
  Duration over_longest{};            // that a lane was over its limits
  std::size_t broadcasts_max = 1000;  // under way
  std::size_t bytes_max = 1 << 20;
  Gauges gauges;

 private:
  task<void> live(std::size_t stream);
  bool publish(std::size_t stream, bool healed, Random& random);
  task<void> wait(Ticket ticket, std::size_t number);
  void look();
  void run();

  LaneHistoryOptions options_;
  SimLoop loop_;
  TimePoint heals_at_;
  std::unique_ptr<Broadcaster> broadcaster_;
  std::vector<TimePoint> over_since_;
  std::size_t streams_ = 0;
  std::size_t living_ = 0;
  Scope waits_{loop_};  // for reports
};

}  // namespace exocast
