// SPDX-License-Identifier: Apache-2.0
#include "node/node_metrics.h"

#include <iterator>
#include <utility>

#include "link/native/native_metrics.h"

namespace exocast {
namespace {

using Registrations = std::vector<Metrics::Registration>;

constexpr MetricName inbox_accepted_total = {"inbox_accepted_total", "Messages accepted for subscribers."};
constexpr MetricName inbox_refused_total = {"inbox_refused_total",
                                            "Messages refused because a subscriber's queue was full."};
constexpr MetricName inbox_missed_total = {"inbox_missed_total",
                                           "Messages missed by subscribers that may miss messages."};
constexpr MetricName inbox_unheard_total = {"inbox_unheard_total", "Messages accepted without any subscriber."};
constexpr MetricName inbox_waited_total = {"inbox_waited_total", "Messages that had to wait for room."};
constexpr MetricName inbox_waiting = {"inbox_waiting", "Messages that wait for room."};
constexpr MetricName inbox_queued_messages = {"inbox_queued_messages",
                                              "Messages that the slowest subscriber has not taken."};

constexpr MetricName link_native = {"link_native",
                                    "1 while the native link to a peer is in use, 0 while exo's protocol is."};
constexpr MetricName link_asked_total = {"link_asked_total", "Requests to a peer for its native port."};
constexpr MetricName link_unanswered_total = {"link_unanswered_total",
                                              "Requests to a peer for its native port without an answer."};
constexpr MetricName link_native_unreachable_total = {"link_native_unreachable_total",
                                                      "Native ports of a peer that could not be reached."};

}  // namespace

Registrations register_metrics(Metrics& metrics, const Inbox& inbox) {
  const InboxMetrics& numbers = inbox.metrics();
  Registrations all;
  all.push_back(metrics.counter(inbox_accepted_total, {}, numbers.accepted_total));
  all.push_back(metrics.counter(inbox_refused_total, {}, numbers.refused_total));
  all.push_back(metrics.counter(inbox_missed_total, {}, numbers.missed_total));
  all.push_back(metrics.counter(inbox_unheard_total, {}, numbers.unheard_total));
  all.push_back(metrics.counter(inbox_waited_total, {}, numbers.waited_total));
  all.push_back(metrics.gauge(inbox_waiting, {}, [&numbers] { return static_cast<double>(numbers.waiting); }));
  all.push_back(
      metrics.gauge(inbox_queued_messages, {}, [&inbox] { return static_cast<double>(inbox.queued_messages_most()); }));
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
  all.push_back(metrics.counter(link_asked_total, labels, numbers.asked_total));
  all.push_back(metrics.counter(link_unanswered_total, labels, numbers.unanswered_total));
  all.push_back(metrics.counter(link_native_unreachable_total, labels, numbers.native_unreachable_total));
  return all;
}

}  // namespace exocast
