// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/membership_metrics.h"

#include <string>
#include <utility>

#include "cluster/swim/membership.h"
#include "metrics/metric_field.h"

namespace exocast {
namespace {

constexpr MetricField<MembershipMetrics> totals[] = {
    {{"member_pings_total", "Members asked whether they are there."}, &MembershipMetrics::pings},
    {{"member_acks_total", "Members that answered in time."}, &MembershipMetrics::acks},
    {{"member_timeouts_total", "Members that did not answer in time."}, &MembershipMetrics::timeouts},
    {{"member_indirect_pings_total", "Members asked to ask another one."}, &MembershipMetrics::indirect},
    {{"member_asks_total", "Candidates and gone members asked who they are."}, &MembershipMetrics::asks},
    {{"member_refused_total", "Candidates for whom there was no room."}, &MembershipMetrics::refused},
    {{"member_suspicions_total", "Members that became suspect."}, &MembershipMetrics::suspicions},
    {{"member_false_suspicions_total", "Suspicions that were contradicted."}, &MembershipMetrics::false_suspicions},
    {{"member_refutations_total", "Times that this node contradicted."}, &MembershipMetrics::refutations},
    {{"member_conflicts_total", "Claims of an id that another node has."}, &MembershipMetrics::conflicts},
    {{"member_standstills_total", "Times that this node stood still."}, &MembershipMetrics::standstills},
    {{"member_syncs_total", "Comparisons of all members with another one's."}, &MembershipMetrics::syncs},
    {{"member_sent_datagrams_total", "Datagrams of the membership sent."}, &MembershipMetrics::sent},
    {{"member_sent_bytes_total", "Bytes of these."}, &MembershipMetrics::sent_bytes},
    {{"member_received_datagrams_total", "Datagrams of the membership received."}, &MembershipMetrics::received},
    {{"member_received_bytes_total", "Bytes of these."}, &MembershipMetrics::received_bytes},
    {{"member_implausible_total", "News that cannot be true."}, &MembershipMetrics::implausible},
};

constexpr MetricName bad_total = {"member_bad_datagrams_total", "Datagrams that could not be read."};
constexpr MetricName members = {"members", "Members by how they stand, without this node."};
constexpr MetricName local_health = {"member_local_health", "Reason to doubt this node itself: 0 none, 3 the most."};

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
