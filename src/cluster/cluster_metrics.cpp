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
constexpr MetricName udp_refused_total = {"udp_refused_total", "Datagrams received and not taken, by why."};

constexpr MetricField<LanDiscoveryMetrics> lan_totals[] = {
    {{"lan_discovery_announcements_total", "Announcements made; each leaves by several ways."},
     &LanDiscoveryMetrics::announcements_total},
    {{"lan_discovery_sent_datagrams_total", "Datagrams sent, of announcements and answers."},
     &LanDiscoveryMetrics::sent_total},
    {{"lan_discovery_send_failures_total", "Datagrams that the system did not send."},
     &LanDiscoveryMetrics::send_failures_total},
    {{"lan_discovery_heard_total", "Announcements of others that were heeded."}, &LanDiscoveryMetrics::heard_total},
    {{"lan_discovery_newcomers_total", "Of these, the first ones of a node."}, &LanDiscoveryMetrics::newcomers_total},
    {{"lan_discovery_answers_total", "Newcomers that were answered."}, &LanDiscoveryMetrics::answers_total},
    {{"lan_discovery_malformed_total", "Datagrams that were no announcements, or too long."},
     &LanDiscoveryMetrics::malformed_total},
    {{"lan_discovery_out_of_reach_total", "Announcements by nodes on loopback, or for those there."},
     &LanDiscoveryMetrics::out_of_reach_total},
    {{"lan_discovery_no_room_total", "Announcements by more nodes than are remembered."},
     &LanDiscoveryMetrics::no_room_total},
};
constexpr MetricName lan_refused_total = {"lan_discovery_refused_total", "Announcements not taken, by why."};

constexpr MetricField<FileDiscoveryMetrics> file_totals[] = {
    {{"file_discovery_loads_total", "Times that the peers file was read."}, &FileDiscoveryMetrics::loads_total},
    {{"file_discovery_faults_total", "Times that it was wrong, or that a name had no address."},
     &FileDiscoveryMetrics::faults_total},
};
constexpr MetricField<FileDiscoveryMetrics, std::size_t> file_gauges[] = {
    {{"file_discovery_listed", "Nodes that the peers file lists, without this one."}, &FileDiscoveryMetrics::listed},
    {{"file_discovery_unresolved", "Of these, without an address."}, &FileDiscoveryMetrics::unresolved},
};

constexpr MetricField<ExoDiscoveryMetrics> exo_totals[] = {
    {{"exo_discovery_heard_total", "Announcements of exo's nodes that were heeded."},
     &ExoDiscoveryMetrics::heard_total},
    {{"exo_discovery_malformed_total", "Datagrams that were no announcements of exo's, or too long."},
     &ExoDiscoveryMetrics::malformed_total},
    {{"exo_discovery_no_room_total", "Announcements by more nodes than are remembered."},
     &ExoDiscoveryMetrics::no_room_total},
    {{"exo_discovery_sent_datagrams_total", "Datagrams that announced this node to exo's."},
     &ExoDiscoveryMetrics::sent_total},
    {{"exo_discovery_send_failures_total", "Datagrams that the system did not send."},
     &ExoDiscoveryMetrics::send_failures_total},
};

constexpr MetricField<ExoWatchMetrics> watch_totals[] = {
    {{"exo_watch_checks_total", "Times that a node was asked for its health in exo's protocol."},
     &ExoWatchMetrics::checks_total},
    {{"exo_watch_failed_checks_total", "Of these, without a healthy answer in time."},
     &ExoWatchMetrics::failed_checks_total},
    {{"exo_watch_refused_addresses_total", "Other addresses told for a node that answers at its own."},
     &ExoWatchMetrics::refused_addresses_total},
    {{"exo_watch_no_room_total", "Nodes, or addresses of one, beyond those that are asked."},
     &ExoWatchMetrics::no_room_total},
};
constexpr MetricField<ExoWatchMetrics, std::size_t> watch_gauges[] = {
    {{"exo_watch_nodes", "Nodes and addresses that are asked."}, &ExoWatchMetrics::nodes},
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
