// SPDX-License-Identifier: Apache-2.0
#include "node/peer_rows.h"

#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "exocast/node.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

bool answered(const LaneMetrics& lane) { return lane.delivered_total + lane.failed_total > 0; }

double to_milliseconds(double seconds) { return std::round(seconds * 1000) / 1000; }

/// The peers given by options; their state follows from the answers to messages.
std::vector<PeerRow> rows_of_roster(const Broadcaster& broadcaster) {
  std::vector<PeerRow> rows;
  const Roster roster = broadcaster.roster();
  for (std::size_t index = 0; index < roster.size(); ++index) {
    const Destination& peer = roster[index];
    const LaneMetrics lane = broadcaster.lane_metrics(index);
    const bool unknown = lane.state == PeerState::healthy && !answered(lane);
    rows.push_back({.id = peer.id,
                    .address = peer.address,
                    .link = std::string(peer.link != nullptr ? peer.link->kind() : ""),
                    .state = std::string(unknown ? "unknown" : standing(lane.state)),
                    .since_s = std::nullopt,
                    .source = "file",
                    .error = peer.no_link_reason});
  }
  return rows;
}

/// The members that were found, including those that are out.
std::vector<PeerRow> rows_of_members(Node& node) {
  std::vector<PeerRow> rows;
  for (const Member& member : node.cluster()->members()) {
    const Duration since = node.loop().now() - member.since;
    rows.push_back({.id = member.id,
                    .address = to_string(member.address),
                    .link = std::string(node.link_kind(member.id)),
                    .state = std::string(to_string(member.state)),
                    .since_s = std::chrono::duration<double>(since).count(),
                    .source = member.source,
                    .error = ""});
  }
  return rows;
}

}  // namespace

std::string_view standing(PeerState health) noexcept {
  switch (health) {
    case PeerState::healthy:
    case PeerState::slow:  // late answers are answers
      return "healthy";
    case PeerState::stalled:
      return "suspect";
    case PeerState::gone:
      return "gone";
  }
  std::unreachable();
}

std::vector<PeerRow> peers_of(Node& node) {
  return node.cluster() != nullptr ? rows_of_members(node) : rows_of_roster(node.broadcaster());
}

Json to_json(const PeerRow& row) {
  Json json{{"id", to_utf8(row.id)},
            {"address", to_utf8(row.address)},
            {"link", to_utf8(row.link)},
            {"state", row.state},
            {"since_s", row.since_s ? Json(to_milliseconds(*row.since_s)) : Json()},
            {"source", to_utf8(row.source)}};
  if (!row.error.empty()) json["error"] = to_utf8(row.error);
  return json;
}

}  // namespace exocast
