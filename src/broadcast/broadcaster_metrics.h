// SPDX-License-Identifier: Apache-2.0
#pragma once
// The metrics of a Broadcaster (docs/metrics.md): its totals, and the queues, outcomes, retries and latency of each
// lane. They follow the roster: a receiver's series are removed with its lane, and begin at 0 after a restart.
// Internal: see BroadcasterOptions::metrics. Threading: that of the broadcaster. Lifetime: registry and broadcaster
// outlive it.

#include <map>
#include <memory>
#include <vector>

#include "broadcast/active_roster.h"
#include "exocast/broadcaster.h"
#include "exocast/metrics.h"

namespace exocast::detail {

class BroadcasterSeries {
 public:
  /// Registers the 6 metrics of the broadcaster itself.
  BroadcasterSeries(Metrics& metrics, const Broadcaster& of);

  /// Also registers those of `receivers` from now on: 16 for each, and 3 more for each queue.
  void follow(const ActiveRoster& receivers);

 private:
  Metrics& metrics_;
  std::vector<Metrics::Registration> own_;
  std::map<std::shared_ptr<Lane>, std::vector<Metrics::Registration>> lanes_;
};

}  // namespace exocast::detail
