// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/topology/topology.h"

#include <unistd.h>

#include <expected>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cluster/topology_text.h"
#include "exocast/roster.h"
#include "link/exo/exo_client.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/files.h"
#include "tools/cli/returned.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/local/local_node.h"

namespace exocast {
namespace {

using Collected = std::expected<CollectedTopology, std::string>;

task<Collected> ask_local_node(LocalNode& node, Duration timeout) {
  if (auto asked = co_await node.ask(TopologyRequest{.timeout = timeout}); !asked) {
    co_return std::unexpected(std::move(asked.error()));
  }
  const Deadline deadline = Deadline::after((co_await this_context()).scheduler->now(), timeout + LocalNode::patience);
  CollectedTopology collected;
  for (;;) {
    auto answer = co_await node.next(deadline);
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    const bool known = add_event(collected, (*answer)->json);
    if (!(*answer)->last) continue;
    if (known) co_return collected;
    co_return std::unexpected(fmt::format("node '{}' answers what is no topology", node.id()));
  }
}

Collected from_local_node(const ShowTopologyOptions& options) {
  AsioLoop loop;
  auto node = LocalNode::find(loop, options.node, or_name_peers);
  if (!node) return std::unexpected(std::move(node.error()));
  return returned(loop.run(ask_local_node(*node, options.timeout)));
}

Collected from_peers(const ShowTopologyOptions& options) {
  AsioLoop loop;
  ExoClient client(loop);
  std::vector<TopologyPeer> peers;
  std::vector<Destination> destinations;
  for (const Peer& peer : options.peers) {
    const auto inside = loop.enter();
    peers.push_back({.id = peer.id, .address = to_string(peer.address), .link = client.link(peer.address)});
    destinations.push_back({peer.id, peers.back().address, peers.back().link, ""});
  }
  const auto roster = Roster::make(std::move(destinations));  // checks the ids
  if (!roster) return std::unexpected(roster.error());
  return returned(loop.run(collect_topology(loop, "", {}, std::move(peers), {.timeout = options.timeout})));
}

std::string shown(const CollectedTopology& collected, TopologyFormat format) {
  if (format == TopologyFormat::json) return to_json(collected).dump() + '\n';
  if (format == TopologyFormat::dot) return to_dot(collected);
  const Terminal out = terminal_at(STDOUT_FILENO);
  return to_table(collected, {.colour = out.colour, .width = out.width});
}

}  // namespace

int run_topology(const ShowTopologyOptions& options) {
  const Collected collected = options.peers.empty() ? from_local_node(options) : from_peers(options);
  const auto printed = collected ? print(shown(*collected, options.format)) : std::unexpected(collected.error());
  if (!printed) {
    complain(printed.error());
    return exit_error;
  }
  const bool complete = collected->counts()[PeerOutcome::answered] == collected->receivers();
  return complete ? exit_satisfied : exit_unsatisfied;
}

}  // namespace exocast
