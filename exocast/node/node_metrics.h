// SPDX-License-Identifier: Apache-2.0
#pragma once
// The numbers of a node's parts by their names (docs/metrics.md), but for those of its broadcaster and its receiver.
// Threading: inside the node's loop. Lifetime: registry and parts outlive the registrations.

#include <string>
#include <vector>

#include "exocast/link/negotiated_link.h"
#include "exocast/message/metrics.h"
#include "exocast/node/inbox.h"

namespace exocast {

/// Registers the inbox's, 6 series.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const Inbox& inbox);

/// Registers those of the link to `peer`, 4 series, and 18 of the native one in it, be it made later.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const std::string& peer,
                                                    const NegotiatedLink& link);

}  // namespace exocast
