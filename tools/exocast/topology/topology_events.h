// SPDX-License-Identifier: Apache-2.0
#pragma once
// A collected topology, put together again from the events by which a node tells it over its control socket
// (docs/control.md). Pure; safe from any thread.

#include <nlohmann/json_fwd.hpp>

#include "cluster/topology_collector.h"

namespace exocast {

/// Adds what `event` tells to `collected`: a "node", an "edge", an id that was "heard_of", an "outcome", or, for the
/// last line, who collected it and how long it took. False if it is none of these, or lacks something.
bool add_event(CollectedTopology& collected, const nlohmann::ordered_json& event);

}  // namespace exocast
