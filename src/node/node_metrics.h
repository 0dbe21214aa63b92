// SPDX-License-Identifier: Apache-2.0
#pragma once
// Metrics of a node's own parts (docs/metrics.md). What they count must outlive the registrations.
// Threading: inside the node's loop.

#include <string>
#include <vector>

#include "exocast/inbox.h"
#include "exocast/metrics.h"
#include "exocast/sender_logs.h"
#include "link/negotiated/negotiated_link.h"

namespace exocast {

/// The numbers of received messages.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const Inbox& inbox);

/// The logs of senders that are remembered.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const SenderLogs& logs);

/// Which link `peer` uses, and the traffic over its native link.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const std::string& peer,
                                                    const NegotiatedLink& link);

}  // namespace exocast
