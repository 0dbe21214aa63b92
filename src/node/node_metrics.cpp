// SPDX-License-Identifier: Apache-2.0
#include "node/node_metrics.h"

#include "link/native/native_metrics.h"
#include "metrics/metric_field.h"

namespace exocast {
namespace {

using Registrations = std::vector<Metrics::Registration>;

constexpr MetricField<InboxMetrics> inbox_totals[] = {
    {{"inbox_accepted_total", "Messages accepted for subscribers."}, &InboxMetrics::accepted_total},
    {{"inbox_refused_total", "Messages refused because a subscriber's queue was full."}, &InboxMetrics::refused_total},
    {{"inbox_missed_total", "Messages missed by subscribers that may miss messages."}, &InboxMetrics::missed_total},
    {{"inbox_unsent_total", "Messages that their senders did not send to this node."}, &InboxMetrics::unsent_total},
    {{"inbox_unheard_total", "Messages accepted without any subscriber."}, &InboxMetrics::unheard_total},
    {{"inbox_waited_total", "Messages that had to wait for room."}, &InboxMetrics::waited_total},
};
constexpr MetricName inbox_waiting = {"inbox_waiting", "Messages that wait for room."};
constexpr MetricName inbox_queued_messages = {"inbox_queued_messages",
                                              "Messages that the slowest subscriber has not taken."};

constexpr MetricName sender_logs = {"sender_logs", "Logs of senders that are remembered."};
constexpr MetricName sender_logs_forgotten = {"sender_logs_forgotten_total",
                                              "Logs of senders forgotten to make room for others."};

constexpr MetricField<NegotiatedLinkMetrics> link_totals[] = {
    {{"link_asked_total", "Requests to a peer for its native port."}, &NegotiatedLinkMetrics::asked_total},
    {{"link_unanswered_total", "Requests to a peer for its native port without an answer."},
     &NegotiatedLinkMetrics::unanswered_total},
    {{"link_native_unreachable_total", "Native ports of a peer that could not be reached."},
     &NegotiatedLinkMetrics::native_unreachable_total},
};
constexpr MetricName link_native = {"link_native",
                                    "1 while the native link to a peer is in use, 0 while exo's protocol is."};

}  // namespace

Registrations register_metrics(Metrics& metrics, const Inbox& inbox) {
  const InboxMetrics& numbers = inbox.metrics();
  Registrations all;
  for (const auto& [name, number] : inbox_totals) all.push_back(metrics.counter(name, {}, numbers.*number));
  all.push_back(metrics.gauge(inbox_waiting, {}, [&numbers] { return static_cast<double>(numbers.waiting); }));
  all.push_back(
      metrics.gauge(inbox_queued_messages, {}, [&inbox] { return static_cast<double>(inbox.queued_messages_most()); }));
  return all;
}

Registrations register_metrics(Metrics& metrics, const SenderLogs& logs) {
  const SenderLogsMetrics& numbers = logs.metrics();
  Registrations all;
  all.push_back(metrics.gauge(sender_logs, {}, [&numbers] { return static_cast<double>(numbers.logs); }));
  all.push_back(metrics.counter(sender_logs_forgotten, {}, numbers.forgotten_total));
  return all;
}

Registrations register_metrics(Metrics& metrics, const std::string& peer, const NegotiatedLink& link) {
  const MetricLabels labels = {{"peer", peer}};
  const NegotiatedLinkMetrics& numbers = link.metrics();
  Registrations all = register_metrics(metrics, peer, [&link] {
    const auto* native = dynamic_cast<const NativeLink*>(link.native());  // PeerLinks makes no other kind
    return native != nullptr ? &native->metrics() : nullptr;
  });
  all.push_back(metrics.gauge(link_native, labels, [&link] { return link.kind() == "native" ? 1.0 : 0.0; }));
  for (const auto& [name, number] : link_totals) all.push_back(metrics.counter(name, labels, numbers.*number));
  return all;
}

}  // namespace exocast
