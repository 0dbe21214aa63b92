// SPDX-License-Identifier: Apache-2.0
#include "exocast/report.h"

#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

double to_microseconds(double ms) { return std::round(ms * 1000) / 1000; }

bool is_error(DeliveryOutcome outcome) {
  return outcome == DeliveryOutcome::failed || outcome == DeliveryOutcome::timed_out ||
         outcome == DeliveryOutcome::too_large || outcome == DeliveryOutcome::skipped;
}

Json to_json(const PeerReport& peer) {
  Json json{{"peer", to_utf8(peer.peer)},
            {"address", to_utf8(peer.address)},
            {"link", to_utf8(peer.link)},
            {"outcome", to_string(peer.outcome)},
            {"elapsed_ms", to_microseconds(peer.elapsed_ms)},
            {"code", to_string(peer.code)},
            {"error", to_utf8(peer.error)}};
  if (peer.stands_badly()) json.emplace("state", peer.state);
  return json;
}

Json to_json(const OutcomeCounts& counts) {
  Json json = Json::object();
  for (const DeliveryOutcome outcome : all_outcomes) json.emplace(to_string(outcome), counts[outcome]);
  return json;
}

}  // namespace

std::string_view to_string(DeliveryOutcome outcome) noexcept {
  switch (outcome) {
    case DeliveryOutcome::delivered:
      return "delivered";
    case DeliveryOutcome::failed:
      return "failed";
    case DeliveryOutcome::timed_out:
      return "timed_out";
    case DeliveryOutcome::cancelled:
      return "cancelled";
    case DeliveryOutcome::not_started:
      return "not_started";
    case DeliveryOutcome::skipped:
      return "skipped";
    case DeliveryOutcome::too_large:
      return "too_large";
  }
  std::unreachable();
}

OutcomeCounts Report::counts() const {
  OutcomeCounts counts;
  for (const PeerReport& peer : outcomes) ++counts[peer.outcome];
  return counts;
}

const PeerReport* Report::first_error() const {
  const PeerReport* first = nullptr;
  for (const PeerReport& peer : outcomes) {
    if (is_error(peer.outcome) && (!first || peer.elapsed_ms < first->elapsed_ms)) first = &peer;
  }
  return first;
}

Json to_json(const Report& report) {
  Json outcomes = Json::array();
  for (const PeerReport& peer : report.outcomes) outcomes.push_back(to_json(peer));
  Json json{{"broadcast_id", to_utf8(report.broadcast_id)},
            {"message", {{"kind", to_string(report.message_kind)}, {"bytes", report.message_bytes}}}};
  if (report.roster_epoch != 0) json.emplace("roster_epoch", report.roster_epoch);
  json.update({{"receivers", report.receivers()},
               {"elapsed_ms", to_microseconds(report.elapsed_ms)},
               {"deadline_ms", report.deadline_ms ? Json(to_microseconds(*report.deadline_ms)) : Json()},
               {"policy", to_utf8(report.policy)},
               {"satisfied", report.satisfied},
               {"counts", to_json(report.counts())},
               {"outcomes", std::move(outcomes)}});
  return json;
}

}  // namespace exocast
