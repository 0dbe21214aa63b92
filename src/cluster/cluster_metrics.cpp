// SPDX-License-Identifier: Apache-2.0
#include "cluster/cluster_metrics.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "metrics/metric_field.h"

namespace exocast {
namespace {

using Registrations = std::vector<Metrics::Registration>;

constexpr MetricField<UdpSocketMetrics> udp_totals[] = {
    {{"udp_received_datagrams_total", "Datagrams received at the node's port."}, &UdpSocketMetrics::received_total},
    {{"udp_oversized_total", "Datagrams that were too long, and dropped."}, &UdpSocketMetrics::oversized_total},
    {{"udp_sent_datagrams_total", "Datagrams sent from the node's port."}, &UdpSocketMetrics::sent_total},
    {{"udp_send_failures_total", "Datagrams that the system did not send."}, &UdpSocketMetrics::send_failures_total},
};
constexpr MetricName udp_refused_total = {"udp_refused_total", "Datagrams refused at the node's port, by reason."};

constexpr MetricField<LanDiscoveryMetrics> lan_totals[] = {
    {{"lan_discovery_announcements_total", "Announcements made; each is sent by several routes."},
     &LanDiscoveryMetrics::announcements_total},
    {{"lan_discovery_sent_datagrams_total", "Datagrams of announcements and answers sent."},
     &LanDiscoveryMetrics::sent_total},
    {{"lan_discovery_send_failures_total", "Datagrams of announcements and answers that the system did not send."},
     &LanDiscoveryMetrics::send_failures_total},
    {{"lan_discovery_heard_total", "Announcements received from other nodes."}, &LanDiscoveryMetrics::heard_total},
    {{"lan_discovery_newcomers_total", "First announcements of other nodes."}, &LanDiscoveryMetrics::newcomers_total},
    {{"lan_discovery_answers_total", "First announcements of other nodes that were answered."},
     &LanDiscoveryMetrics::answers_total},
    {{"lan_discovery_malformed_total", "Announcements that were malformed or too long."},
     &LanDiscoveryMetrics::malformed_total},
    {{"lan_discovery_out_of_reach_total", "Announcements refused because only one of the two nodes is on loopback."},
     &LanDiscoveryMetrics::out_of_reach_total},
    {{"lan_discovery_no_room_total", "Announcements refused because too many nodes are remembered."},
     &LanDiscoveryMetrics::no_room_total},
};
constexpr MetricName lan_refused_total = {"lan_discovery_refused_total", "Announcements refused, by reason."};

constexpr MetricField<FileDiscoveryMetrics> file_totals[] = {
    {{"file_discovery_loads_total", "Times that the peers file was read."}, &FileDiscoveryMetrics::loads_total},
    {{"file_discovery_faults_total", "Times that the peers file was invalid, or a name in it had no address."},
     &FileDiscoveryMetrics::faults_total},
};
constexpr MetricField<FileDiscoveryMetrics, std::size_t> file_gauges[] = {
    {{"file_discovery_listed", "Nodes in the peers file, without this one."}, &FileDiscoveryMetrics::listed},
    {{"file_discovery_unresolved", "Nodes in the peers file without an address."}, &FileDiscoveryMetrics::unresolved},
};

constexpr MetricField<ExoDiscoveryMetrics> exo_totals[] = {
    {{"exo_discovery_heard_total", "Announcements received from exo's nodes."}, &ExoDiscoveryMetrics::heard_total},
    {{"exo_discovery_malformed_total", "Datagrams received that are not announcements of exo's nodes, or too long."},
     &ExoDiscoveryMetrics::malformed_total},
    {{"exo_discovery_no_room_total", "Announcements of exo's nodes refused because too many are remembered."},
     &ExoDiscoveryMetrics::no_room_total},
    {{"exo_discovery_sent_datagrams_total", "Datagrams sent that announce this node to exo's nodes."},
     &ExoDiscoveryMetrics::sent_total},
    {{"exo_discovery_send_failures_total", "Datagrams to exo's nodes that the system did not send."},
     &ExoDiscoveryMetrics::send_failures_total},
};

constexpr MetricField<ExoWatchMetrics> watch_totals[] = {
    {{"exo_watch_checks_total", "Health checks in exo's protocol."}, &ExoWatchMetrics::checks_total},
    {{"exo_watch_failed_checks_total", "Health checks in exo's protocol without a healthy answer in time."},
     &ExoWatchMetrics::failed_checks_total},
    {{"exo_watch_refused_addresses_total", "Addresses announced for a node that answers at another one."},
     &ExoWatchMetrics::refused_addresses_total},
    {{"exo_watch_no_room_total", "Nodes and addresses that are not checked, for lack of room."},
     &ExoWatchMetrics::no_room_total},
};
constexpr MetricField<ExoWatchMetrics, std::size_t> watch_gauges[] = {
    {{"exo_watch_nodes", "Nodes and addresses that are health-checked in exo's protocol."}, &ExoWatchMetrics::nodes},
};

/// `read` creates the struct of numbers for each snapshot.
template <class Of>
void count(Registrations& all, Metrics& metrics, std::span<const MetricField<Of>> totals, auto read) {
  for (const MetricField<Of>& total : totals) {
    all.push_back(metrics.counter(total.name, {}, [read, number = total.number] { return read().*number; }));
  }
}

template <class Of>
void gauge(Registrations& all, Metrics& metrics, std::span<const MetricField<Of, std::size_t>> gauges, auto read) {
  for (const auto& each : gauges) {
    all.push_back(
        metrics.gauge(each.name, {}, [read, number = each.number] { return static_cast<double>(read().*number); }));
  }
}

void count_refused(Registrations& all, Metrics& metrics, const MetricName& name, auto read) {
  for (std::size_t fault = 0; fault < envelope_fault_count; ++fault) {
    const std::string reason(to_string(static_cast<EnvelopeFault>(fault)));
    all.push_back(metrics.counter(name, {{"reason", reason}}, [read, fault] { return read().refused_total[fault]; }));
  }
}

}  // namespace

Registrations register_metrics(Metrics& metrics, const UdpPort& port) {
  Registrations all;
  count<UdpSocketMetrics>(all, metrics, udp_totals, [&port] { return port.metrics().socket; });
  count_refused(all, metrics, udp_refused_total, [&port] { return port.metrics(); });
  return all;
}

Registrations register_metrics(Metrics& metrics, const LanDiscovery& discovery) {
  Registrations all;
  const auto read = [&discovery] { return discovery.metrics(); };
  count<LanDiscoveryMetrics>(all, metrics, lan_totals, read);
  count_refused(all, metrics, lan_refused_total, read);
  return all;
}

Registrations register_metrics(Metrics& metrics, const FileDiscovery& discovery) {
  Registrations all;
  const auto read = [&discovery] { return discovery.metrics(); };
  count<FileDiscoveryMetrics>(all, metrics, file_totals, read);
  gauge<FileDiscoveryMetrics>(all, metrics, file_gauges, read);
  return all;
}

Registrations register_metrics(Metrics& metrics, const ExoDiscovery& discovery) {
  Registrations all;
  count<ExoDiscoveryMetrics>(all, metrics, exo_totals, [&discovery] { return discovery.metrics(); });
  return all;
}

Registrations register_metrics(Metrics& metrics, const ExoWatch& watch) {
  Registrations all;
  const auto read = [&watch] { return watch.metrics(); };
  count<ExoWatchMetrics>(all, metrics, watch_totals, read);
  gauge<ExoWatchMetrics>(all, metrics, watch_gauges, read);
  return all;
}

}  // namespace exocast
