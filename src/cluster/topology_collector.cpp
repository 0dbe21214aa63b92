// SPDX-License-Identifier: Apache-2.0
#include "cluster/topology_collector.h"

#include <algorithm>
#include <ranges>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "exocast/gather/gather.h"
#include "lane/delivery.h"

namespace exocast {
namespace {

using Part = std::expected<TopologyPart, Status>;

/// Gets `peer`'s own part of its topology. The rest of the answer may be large and is freed at once. `room`: the edges
/// that may still be kept, over all answers.
task<Part> ask(TopologyPeer peer, Deadline deadline, std::size_t edges_max, std::shared_ptr<std::size_t> room) {
  auto answer = co_await peer.link->collect_topology(deadline);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  TopologyPart part = part_of(*std::move(answer), peer.id, std::min(edges_max, *room));
  *room -= part.edges.size();
  co_return part;
}

bool has_timed_out(const OutcomeOf<Part>& outcome) {
  return outcome.error() != nullptr && outcome.error()->code == StatusCode::deadline_exceeded;
}

/// What is missing in an answer; "" if nothing.
std::string what_is_missing(const TopologyPart& part) {
  std::string text;
  if (!part.capabilities) text = "its answer does not tell of itself";
  if (part.edges_left_out == 0) return text;
  return fmt::format("{}{}{} of its edges left out", text, text.empty() ? "" : "; ", part.edges_left_out);
}

void set_failed(TopologyAnswer& row, const Status& error) {
  row.outcome = PeerOutcome::failed;
  row.code = error.code;
  row.error = to_line(error.text);
}

/// Whether the link or the gather notices the deadline first is chance: both give the same row.
void set_timed_out(TopologyAnswer& row) {
  row.outcome = PeerOutcome::timed_out;
  row.code = StatusCode::deadline_exceeded;
  row.error = "no answer in time";
}

/// Fills in the outcome in `row`; adds the part of a peer that has answered to `topology`.
void conclude(TopologyAnswer& row, OutcomeOf<Part>& outcome, Topology& topology) {
  if (outcome.ok()) {
    row.outcome = PeerOutcome::answered;
    row.edges_left_out = outcome->edges_left_out;
    row.error = what_is_missing(*outcome);
    merge(topology, row.peer, std::move(*outcome));
  } else if (outcome.reason() == Reason::timed_out || has_timed_out(outcome)) {
    set_timed_out(row);
  } else if (outcome.error() != nullptr) {
    set_failed(row, *outcome.error());
  } else if (outcome.exception() != nullptr) {
    set_failed(row, error_of(outcome.exception()));
  } else {
    row.error = "the time was over before its turn came";
  }
}

std::vector<std::string> heard_of(const CollectedTopology& collected) {
  std::set<std::string> asked;
  for (const TopologyAnswer& answer : collected.outcomes) asked.insert(answer.peer);
  const auto& nodes = collected.topology.nodes;
  std::set<std::string> ids;
  for (const auto& edges : collected.topology.connections | std::views::values) {
    for (const PeerConnection& edge : edges) {
      if (!nodes.contains(edge.to_id) && !asked.contains(edge.to_id)) ids.insert(edge.to_id);
    }
  }
  return {ids.begin(), ids.end()};
}

}  // namespace

task<CollectedTopology> collect_topology(Scheduler& scheduler, std::string self, Topology known,
                                         std::vector<TopologyPeer> peers, TopologyOptions options) {
  const TimePoint begun = scheduler.now();
  const Deadline deadline = Deadline::after(begun, options.timeout);
  const auto room = std::make_shared<std::size_t>(options.edges_max);
  std::vector<Duration> elapsed(peers.size());
  auto gathered = co_await gather(
      peers, [&](const TopologyPeer& peer) { return ask(peer, deadline, options.edges_per_node_max, room); },
      {.limit = options.limit, .deadline = deadline},
      [&](std::size_t index, const OutcomeOf<Part>&) { elapsed[index] = scheduler.now() - begun; });

  CollectedTopology collected;
  collected.self = std::move(self);
  collected.topology = std::move(known);
  for (std::size_t index = 0; index < peers.size(); ++index) {
    TopologyAnswer& row = collected.outcomes.emplace_back();
    row.peer = std::move(peers[index].id);
    row.address = std::move(peers[index].address);
    row.elapsed_ms = to_ms(elapsed[index]);
    conclude(row, gathered.outcomes[index], collected.topology);
  }
  collected.heard_of = heard_of(collected);
  collected.elapsed_ms = to_ms(scheduler.now() - begun);
  co_return collected;
}

}  // namespace exocast
