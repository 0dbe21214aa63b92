// SPDX-License-Identifier: Apache-2.0
#pragma once
// The numbers of a Broadcaster by their names (docs/metrics.md): what is under way in all, and each lane's lines, ends,
// retries and latency. They follow the roster: a receiver's series come and go with its lane, so of one that has
// restarted they begin at 0 again. Not for users: see BroadcasterOptions::metrics. Threading: that of the broadcaster.
// Lifetime: registry and broadcaster outlive it.

#include <map>
#include <memory>
#include <vector>

#include "broadcast/receivers.h"
#include "exocast/broadcaster.h"
#include "exocast/metrics.h"

namespace exocast::detail {

class BroadcasterSeries {
 public:
  /// Registers those of the broadcaster itself, 4.
  BroadcasterSeries(Metrics& metrics, const Broadcaster& of);

  /// From now on those of `receivers`, too: 16 for each, and 3 more for each of its lines.
  void follow(const Receivers& receivers);

 private:
  Metrics& metrics_;
  std::vector<Metrics::Registration> own_;
  std::map<std::shared_ptr<Lane>, std::vector<Metrics::Registration>> lanes_;
};

}  // namespace exocast::detail
