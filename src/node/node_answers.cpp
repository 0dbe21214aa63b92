// SPDX-License-Identifier: Apache-2.0
#include "node/node_answers.h"

#include <chrono>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

/// Whole milliseconds are precise enough.
double to_seconds(Duration duration) {
  return std::round(std::chrono::duration<double, std::milli>(duration).count()) / 1000;
}

/// The sum of one field over all lanes.
template <class Number>
Number sum(const std::vector<LaneMetrics>& lanes, Number LaneMetrics::* number) {
  Number total{};
  for (const LaneMetrics& lane : lanes) total += lane.*number;
  return total;
}

Json lanes_json(const std::vector<LaneMetrics>& lanes) {
  return {{"queued_messages", sum(lanes, &LaneMetrics::queued_messages)},
          {"queued_bytes", sum(lanes, &LaneMetrics::queued_bytes)},
          {"batches", sum(lanes, &LaneMetrics::batches)},
          {"delivered_total", sum(lanes, &LaneMetrics::delivered_total)},
          {"failed_total", sum(lanes, &LaneMetrics::failed_total)},
          {"resent_total", sum(lanes, &LaneMetrics::resent_total)}};
}

Json peers_json(const std::vector<LaneMetrics>& lanes) {
  std::map<PeerState, std::size_t> counts;
  for (const LaneMetrics& lane : lanes) ++counts[lane.state];
  Json json = Json::object();
  for (const PeerState state : {PeerState::healthy, PeerState::slow, PeerState::stalled, PeerState::gone}) {
    json.emplace(to_string(state), counts[state]);
  }
  return json;
}

}  // namespace

NodeStats stats_of(Duration uptime, const Inbox& inbox, const Broadcaster& broadcaster) {
  NodeStats stats{.uptime = uptime, .inbox = inbox.metrics(), .broadcasts = broadcaster.metrics()};
  const std::size_t receivers = broadcaster.roster().size();
  stats.lanes.reserve(receivers);
  for (std::size_t index = 0; index < receivers; ++index) stats.lanes.push_back(broadcaster.lane_metrics(index));
  return stats;
}

std::string to_json(const NodeStats& stats) {
  const Json json = {{"uptime_s", to_seconds(stats.uptime)},
                     {"inbox",
                      {{"accepted_total", stats.inbox.accepted_total},
                       {"refused_total", stats.inbox.refused_total},
                       {"unheard_total", stats.inbox.unheard_total},
                       {"waiting", stats.inbox.waiting}}},
                     {"broadcasts",
                      {{"under_way", stats.broadcasts.broadcasts},
                       {"total", stats.broadcasts.broadcasts_total},
                       {"refused_total", stats.broadcasts.refused_total},
                       {"bytes", stats.broadcasts.bytes},
                       {"sends_in_flight", stats.broadcasts.sends.in_flight()}}},
                     {"lanes", lanes_json(stats.lanes)},
                     {"peers", peers_json(stats.lanes)}};
  return json.dump();
}

std::expected<std::string, Status> answer_to(const Question& question, const NodeStats& stats) {
  const std::string& name = question.name();
  if (name == Question::health().name()) {
    return Json{{"healthy", true}}.dump();
  }
  if (name == Question::version().name()) return "exocast " EXOCAST_VERSION;
  if (name == Question::stats().name()) return to_json(stats);
  return std::unexpected(
      Status::not_found(fmt::format("there is no question '{}'; there are health, replay, stats and version", name)));
}

}  // namespace exocast
