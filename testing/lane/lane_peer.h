// SPDX-License-Identifier: Apache-2.0
#pragma once
// LanePeer: a peer of a LaneHistory and the link to it: a native link on simulated wires, or a simulated link that
// merges. Its faults come from a seed. One thread.

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "link/native/native_link.h"
#include "link/native/native_receiver.h"
#include "testing/broadcast/sim_network.h"
#include "testing/link/sim_stream.h"
#include "testing/sim_loop.h"

namespace exocast {

struct LaneHistoryOptions {
  bool merging = false;  ///< links that merge instead of native ones
  /// Ample limits, and only the first peer's faults are random, so it cannot affect any other peer.
  bool apart = false;
  bool faults = true;
  bool coarse = false;  ///< delays are whole milliseconds, so many events share a turn
  bool sleeps = false;  ///< sometimes the machine stands still for a while

  Duration draw(Random& random, Duration least, Duration most) const {
    const Duration drawn = random.between(least, most);
    return coarse ? std::chrono::ceil<std::chrono::milliseconds>(drawn) : drawn;
  }
};

/// A peer that records what each of its incarnations received, in order.
class LanePeer final : public MessageHandler {
 public:
  using Answer = std::expected<void, Status>;

  LanePeer(SimLoop& loop, std::size_t index, const LaneHistoryOptions& options, Random random, Gauges& gauges);

  task<Answer> accept(Message message) override;
  std::shared_ptr<Link> link() const { return link_; }
  task<void> do_harm(Random random, TimePoint until);
  void heal();
  void close();

  std::vector<std::vector<int>> heard;  // per incarnation; message numbers
  std::vector<bool> accepted;           // per message number, by any incarnation
  std::map<int, int> times;             // received, per message number
  std::size_t under_way = 0;
  const Load& gauge() const noexcept { return gauge_; }

 private:
  class Counted;
  void restart();
  Answer hear(const Message& message);
  std::expected<std::unique_ptr<ByteStream>, Status> dial(std::uint64_t attempt);
  SimTreatment treat();

  SimLoop& loop_;
  const LaneHistoryOptions options_;
  std::string name_;
  Random random_;
  std::uint64_t wires_seed_;
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

}  // namespace exocast
