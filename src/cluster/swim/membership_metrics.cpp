// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/membership_metrics.h"

#include <string>
#include <utility>

#include "cluster/swim/membership.h"
#include "metrics/metric_field.h"

namespace exocast {
namespace {

constexpr MetricField<MembershipMetrics> totals[] = {
    {{"member_pings_total", "Probes of members."}, &MembershipMetrics::pings},
    {{"member_acks_total", "Probes answered in time."}, &MembershipMetrics::acks},
    {{"member_timeouts_total", "Probes not answered in time."}, &MembershipMetrics::timeouts},
    {{"member_indirect_pings_total", "Requests to a member to probe another one."}, &MembershipMetrics::indirect},
    {{"member_asks_total", "Requests to candidates and gone members to identify themselves."},
     &MembershipMetrics::asks},
    {{"member_refused_total", "Candidates refused for lack of room."}, &MembershipMetrics::refused},
    {{"member_suspicions_total", "Members that became suspect."}, &MembershipMetrics::suspicions},
    {{"member_false_suspicions_total", "Suspect members that refuted."}, &MembershipMetrics::false_suspicions},
    {{"member_refutations_total", "Refutations by this node."}, &MembershipMetrics::refutations},
    {{"member_conflicts_total", "Claims of an id that another node has."}, &MembershipMetrics::conflicts},
    {{"member_standstills_total", "Times that this node was stopped."}, &MembershipMetrics::standstills},
    {{"member_syncs_total", "Comparisons of all members with those of another node."}, &MembershipMetrics::syncs},
    {{"member_sent_datagrams_total", "Datagrams sent to members."}, &MembershipMetrics::sent},
    {{"member_sent_bytes_total", "Bytes sent to members."}, &MembershipMetrics::sent_bytes},
    {{"member_received_datagrams_total", "Datagrams received from members."}, &MembershipMetrics::received},
    {{"member_received_bytes_total", "Bytes received from members."}, &MembershipMetrics::received_bytes},
    {{"member_implausible_total", "Implausible news."}, &MembershipMetrics::implausible},
};

constexpr MetricName bad_total = {"member_bad_datagrams_total",
                                  "Datagrams received from members that are not readable, by reason."};
constexpr MetricName members = {"members", "Exocast nodes of the cluster by state, without this one."};
constexpr MetricName local_health = {"member_local_health",
                                     "Lifeguard's local health: 0 (this node's judgement is reliable) to 3."};

}  // namespace

std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const Membership& membership) {
  std::vector<Metrics::Registration> all;
  const MembershipMetrics& counts = membership.metrics();
  for (const auto& [name, number] : totals) all.push_back(metrics.counter(name, {}, counts.*number));
  for (std::size_t reason = 0; reason < swim::bad_datagram_reasons; ++reason) {
    const std::string word(to_string(static_cast<swim::BadDatagram>(reason)));
    all.push_back(metrics.counter(bad_total, {{"reason", word}}, counts.bad[reason]));
  }
  for (const auto state : {MemberState::healthy, MemberState::suspect, MemberState::gone, MemberState::left}) {
    all.push_back(metrics.gauge(members, {{"state", std::string(to_string(state))}},
                                [&membership, state] { return static_cast<double>(membership.count(state)); }));
  }
  all.push_back(metrics.gauge(local_health, {}, [&counts] { return static_cast<double>(counts.local_health); }));
  return all;
}

}  // namespace exocast
