// SPDX-License-Identifier: Apache-2.0
#pragma once
// Metrics of the discoveries and of the node's UDP port (docs/metrics.md). cluster/membership_metrics.h has those of
// the membership. Lifetime: the registry and the counting objects outlive the registrations.
// Threading: the one thread of the loop that counts.

#include <vector>

#include "cluster/discovery/exo_discovery.h"
#include "cluster/discovery/file_discovery.h"
#include "cluster/discovery/lan_discovery.h"
#include "cluster/exo/exo_watch.h"
#include "cluster/udp/udp_port.h"
#include "exocast/metrics.h"

namespace exocast {

/// All datagrams between members: `udp_…`.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const UdpPort& port);

/// Announcements on the networks: `lan_discovery_…`.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const LanDiscovery& discovery);

/// The peers file: `file_discovery_…`.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const FileDiscovery& discovery);

/// Announcements of exo's nodes, and to them: `exo_discovery_…`.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const ExoDiscovery& discovery);

/// Health checks of exo's nodes: `exo_watch_…`.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const ExoWatch& watch);

}  // namespace exocast
