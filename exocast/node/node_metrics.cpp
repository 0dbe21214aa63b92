// SPDX-License-Identifier: Apache-2.0
#include "exocast/node/node_metrics.h"

#include <iterator>
#include <utility>

#include "exocast/broadcast/broadcaster_metrics.h"
#include "exocast/link/native/native_metrics.h"

namespace exocast {
namespace {

constexpr MetricName inbox_accepted_total = {"inbox_accepted_total", "Messages received and handed to subscribers."};
constexpr MetricName inbox_refused_total = {"inbox_refused_total", "Messages refused because a subscriber was full."};
constexpr MetricName inbox_unheard_total = {"inbox_unheard_total", "Messages accepted while nobody subscribed."};
constexpr MetricName inbox_waited_total = {"inbox_waited_total", "Messages that found no room at once."};
constexpr MetricName inbox_waiting = {"inbox_waiting", "Messages that wait for room."};
constexpr MetricName inbox_queued_messages = {"inbox_queued_messages",
                                              "Messages that the slowest subscriber has not taken."};

constexpr MetricName link_native = {"link_native", "1 while a peer is spoken to natively, 0 while in exo's protocol."};
constexpr MetricName link_asked_total = {"link_asked_total", "Times that a peer was asked for its native port."};
constexpr MetricName link_unanswered_total = {"link_unanswered_total", "Of these, without an answer."};
constexpr MetricName link_native_unreachable_total = {"link_native_unreachable_total",
                                                      "Times that the port it named could not be reached."};

}  // namespace

NodeMetrics::NodeMetrics(Node& node, const MetricsLimits& limits) : registry_(limits) {
  add(register_metrics(registry_, node.broadcaster()));
  add_inbox(node.inbox());
  if (const NativeReceiver* receiver = node.native_receiver()) add(register_metrics(registry_, *receiver));
  const auto& links = node.links();
  const Roster& roster = node.broadcaster().roster();
  for (std::size_t index = 0; index < links.size(); ++index) {
    if (links[index].negotiated != nullptr) add_link(roster[index].id, *links[index].negotiated);
  }
}

void NodeMetrics::add(std::vector<Metrics::Registration> more) {
  registered_.insert(registered_.end(), std::move_iterator(more.begin()), std::move_iterator(more.end()));
}

void NodeMetrics::add_inbox(const Inbox& inbox) {
  const InboxMetrics& numbers = inbox.metrics();
  registered_.push_back(registry_.counter(inbox_accepted_total, {}, numbers.accepted_total));
  registered_.push_back(registry_.counter(inbox_refused_total, {}, numbers.refused_total));
  registered_.push_back(registry_.counter(inbox_unheard_total, {}, numbers.unheard_total));
  registered_.push_back(registry_.counter(inbox_waited_total, {}, numbers.waited_total));
  registered_.push_back(
      registry_.gauge(inbox_waiting, {}, [&numbers] { return static_cast<double>(numbers.waiting); }));
  registered_.push_back(registry_.gauge(inbox_queued_messages, {},
                                        [&inbox] { return static_cast<double>(inbox.queued_messages_most()); }));
}

void NodeMetrics::add_link(const std::string& peer, const NegotiatedLink& link) {
  const MetricLabels labels = {{"peer", peer}};
  const NegotiatedLinkMetrics& numbers = link.metrics();
  registered_.push_back(registry_.gauge(link_native, labels, [&link] { return link.kind() == "native" ? 1.0 : 0.0; }));
  registered_.push_back(registry_.counter(link_asked_total, labels, numbers.asked_total));
  registered_.push_back(registry_.counter(link_unanswered_total, labels, numbers.unanswered_total));
  registered_.push_back(registry_.counter(link_native_unreachable_total, labels, numbers.native_unreachable_total));
  add(register_metrics(registry_, peer, [&link] {
    const auto* native = dynamic_cast<const NativeLink*>(link.native());  // PeerLinks makes no others
    return native != nullptr ? &native->metrics() : nullptr;
  }));
}

}  // namespace exocast
