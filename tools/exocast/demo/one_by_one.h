// SPDX-License-Identifier: Apache-2.0
#pragma once
// Broadcasting one by one: waits for each peer before it sends to the next, as exo used to, for comparison. It takes
// the sum of all waits, and a hung peer costs every later peer the whole timeout. Threading and lifetime: as
// Broadcaster.

#include "exocast/options.h"
#include "exocast/roster.h"

namespace exocast {

struct OneByOneOptions {
  /// Timeout of each peer. Default 15 s, as in exo. Duration::max(): none.
  Duration per_peer = std::chrono::seconds(15);
  /// As in BroadcastOptions.
  std::function<void(const DeliveryProgress&)> on_outcome = {};
};

/// Sends `message` to the peers of `roster` in their order. The report's policy is "one by one", satisfied if all were
/// delivered.
task<Report> broadcast_one_by_one(Roster roster, Message message, OneByOneOptions options = {});

}  // namespace exocast
