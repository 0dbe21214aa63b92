// SPDX-License-Identifier: Apache-2.0
#include "broadcast/broadcaster_metrics.h"

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "lane/delivery.h"

namespace exocast::detail {
namespace {

constexpr MetricName broadcasts = {"broadcasts", "Broadcasts under way."};
constexpr MetricName broadcasts_total = {"broadcasts_total", "Broadcasts started."};
constexpr MetricName broadcasts_refused_total = {"broadcasts_refused_total",
                                                 "Broadcasts refused because too much was under way."};
constexpr MetricName sends = {"sends", "Calls under way to exo's nodes, or waiting for a place."};

constexpr MetricName replay_messages = {"replay_messages", "Messages kept for replay."};
constexpr MetricName replay_bytes = {"replay_bytes", "Bytes of the messages kept for replay, and of their keys."};

constexpr MetricName lane_messages = {"lane_queued_messages", "Messages that wait to be sent to a peer."};
constexpr MetricName lane_bytes = {"lane_queued_bytes", "Bytes of the messages that wait to be sent to a peer."};
constexpr MetricName lane_oldest = {"lane_oldest_age_ms", "Age of the oldest message that waits to be sent to a peer."};
constexpr MetricName lane_batches = {"lane_batches", "Batches under way to a peer."};
constexpr MetricName lane_ends_total = {"lane_messages_total", "Messages to a peer by outcome."};
constexpr MetricName lane_resent_total = {"lane_resent_total", "Messages sent again after the connection broke."};
constexpr MetricName lane_retries_total = {"lane_retries_total", "Retries of batches that broke."};
constexpr MetricName lane_retries_refused_total = {"lane_retries_refused_total",
                                                   "Retries refused because the budget was used up."};
constexpr MetricName lane_circuit_open = {
    "lane_circuit_open", "1 while a peer's circuit is open: it counts as dead, and messages to it are skipped."};
constexpr MetricName lane_latency = {"lane_latency_ms", "From a message's entry into the queue to the peer's answer."};
constexpr MetricName lane_state = {"lane_state", "State of a peer: 0 healthy, 1 slow, 2 stalled, 3 gone."};

struct EndCounter {
  const char* end;
  std::size_t LaneMetrics::* count;
};
constexpr EndCounter end_counters[] = {
    {"delivered", &LaneMetrics::delivered_total},   {"failed", &LaneMetrics::failed_total},
    {"given_up", &LaneMetrics::given_up_total},     {"dropped", &LaneMetrics::dropped_total},
    {"superseded", &LaneMetrics::superseded_total}, {"expired", &LaneMetrics::expired_total},
    {"skipped", &LaneMetrics::skipped_total},       {"too_large", &LaneMetrics::too_large_total},
    {"closed", &LaneMetrics::closed_total}};

using Registrations = std::vector<Metrics::Registration>;

void add_line(Registrations& all, Metrics& metrics, Lane& lane, StreamClass line) {
  const MetricLabels labels = {{"peer", lane.destination().id}, {"class", std::string(to_string(line))}};
  const auto read = [&lane, line] { return lane.metrics().lines[static_cast<std::size_t>(line)]; };
  all.push_back(metrics.gauge(lane_messages, labels, [read] { return static_cast<double>(read().messages); }));
  all.push_back(metrics.gauge(lane_bytes, labels, [read] { return static_cast<double>(read().bytes); }));
  all.push_back(metrics.gauge(lane_oldest, labels, [read] { return to_ms(read().oldest_age); }));
}

Registrations lane_series(Metrics& metrics, Lane& lane) {
  Registrations all;
  const std::string& peer = lane.destination().id;
  const MetricLabels labels = {{"peer", peer}};
  for (const StreamClass line : all_stream_classes) add_line(all, metrics, lane, line);
  for (const EndCounter& counter : end_counters) {
    all.push_back(metrics.counter(lane_ends_total, {{"peer", peer}, {"end", counter.end}},
                                  [&lane, counter] { return std::uint64_t{lane.metrics().*counter.count}; }));
  }
  all.push_back(
      metrics.counter(lane_resent_total, labels, [&lane] { return std::uint64_t{lane.metrics().resent_total}; }));
  all.push_back(metrics.counter(lane_retries_total, labels,
                                [&lane] { return std::uint64_t{lane.metrics().retries.scheduled_total}; }));
  all.push_back(metrics.counter(lane_retries_refused_total, labels,
                                [&lane] { return std::uint64_t{lane.metrics().retries.refused_total}; }));
  all.push_back(metrics.gauge(lane_circuit_open, labels,
                              [&lane] { return lane.metrics().circuit == CircuitState::closed ? 0.0 : 1.0; }));
  all.push_back(metrics.gauge(lane_batches, labels, [&lane] { return static_cast<double>(lane.metrics().batches); }));
  all.push_back(
      metrics.gauge(lane_state, labels, [&lane] { return static_cast<double>(std::to_underlying(lane.state())); }));
  all.push_back(metrics.histogram(lane_latency, labels, lane.latency()));
  return all;
}

Registrations own_series(Metrics& metrics, const Broadcaster& of) {
  Registrations all;
  all.push_back(metrics.gauge(broadcasts, {}, [&of] { return static_cast<double>(of.metrics().broadcasts); }));
  all.push_back(metrics.counter(broadcasts_total, {}, [&of] { return std::uint64_t{of.metrics().broadcasts_total}; }));
  all.push_back(
      metrics.counter(broadcasts_refused_total, {}, [&of] { return std::uint64_t{of.metrics().refused_total}; }));
  all.push_back(metrics.gauge(sends, {}, [&of] {
    const FairMetrics& now = of.metrics().sends;
    return static_cast<double>(now.in_flight() + now.waiting);
  }));
  all.push_back(
      metrics.gauge(replay_messages, {}, [&of] { return static_cast<double>(of.metrics().replay_messages); }));
  all.push_back(metrics.gauge(replay_bytes, {}, [&of] { return static_cast<double>(of.metrics().replay_bytes); }));
  return all;
}

}  // namespace

BroadcasterSeries::BroadcasterSeries(Metrics& metrics, const Broadcaster& of)
    : metrics_(metrics), own_(own_series(metrics, of)) {}

void BroadcasterSeries::follow(const ActiveRoster& receivers) {
  auto before = std::exchange(lanes_, {});
  for (const auto& lane : receivers.lanes) {
    if (auto known = before.extract(lane)) lanes_.insert(std::move(known));
  }
  before.clear();  // removed first: the next lane to the same peer has the same labels
  for (const auto& lane : receivers.lanes) {
    if (!lanes_.contains(lane)) lanes_.emplace(lane, lane_series(metrics_, *lane));
  }
}

}  // namespace exocast::detail
