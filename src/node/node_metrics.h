// SPDX-License-Identifier: Apache-2.0
#pragma once
// The numbers of a node's own parts by their names (docs/metrics.md). What they count must outlive the registrations.
// Threading: inside the node's loop.

#include <string>
#include <vector>

#include "exocast/inbox.h"
#include "exocast/metrics.h"
#include "link/negotiated/negotiated_link.h"

namespace exocast {

/// What is received.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const Inbox& inbox);

/// How `peer` is spoken to, and what goes over its native link.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const std::string& peer,
                                                    const NegotiatedLink& link);

}  // namespace exocast
