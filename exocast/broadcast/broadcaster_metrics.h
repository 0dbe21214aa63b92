// SPDX-License-Identifier: Apache-2.0
#pragma once
// The numbers of a Broadcaster by their names (docs/metrics.md): what is under way in all, and each lane's lines, ends,
// retries and latency. Threading: that of the broadcaster. Lifetime: registry and broadcaster outlive the
// registrations.

#include <vector>

#include "exocast/broadcast/broadcaster.h"
#include "exocast/message/metrics.h"

namespace exocast {

/// Registers all numbers of `broadcaster`: 4 for itself, 16 for each receiver and 3 more for each line of a receiver.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const Broadcaster& broadcaster);

}  // namespace exocast
