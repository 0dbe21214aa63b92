// SPDX-License-Identifier: Apache-2.0
#pragma once
// Broadcasting one by one: each peer is waited for before the next one is sent to. What exo used to do, kept to compare
// with: it takes the sum of all waits, and one peer that hangs costs everyone behind it the whole timeout. Threading
// and lifetime: as Broadcaster.

#include "exocast/options.h"
#include "exocast/roster.h"

namespace exocast {

struct OneByOneOptions {
  /// How long each peer may take. Default 15 s, exo's. Duration::max(): as long as it likes.
  Duration per_peer = std::chrono::seconds(15);
  /// As in BroadcastOptions.
  std::function<void(const DeliveryProgress&)> on_outcome = {};
};

/// Sends `message` to the peers of `roster` in their order. The report's policy is "one by one", satisfied if all were
/// delivered.
task<Report> broadcast_one_by_one(Roster roster, Message message, OneByOneOptions options = {});

}  // namespace exocast
