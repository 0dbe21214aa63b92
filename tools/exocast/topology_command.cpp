// SPDX-License-Identifier: Apache-2.0
// `exocast topology`: shows the neighbours and the machine of every node; asks all at once.
#include <unistd.h>

#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cluster/topology_text.h"
#include "exocast/roster.h"
#include "link/exo/exo_client.h"
#include "tools/cli/files.h"
#include "tools/cli/foreground.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/commands.h"
#include "tools/exocast/local_node.h"
#include "tools/exocast/peer_options.h"

namespace exocast {
namespace {

using Collected = std::expected<CollectedTopology, std::string>;

constexpr const char* help = R"(All nodes are asked at once for their machines and neighbours, by the node that runs on
this machine, or, where peers are named, by the command itself.

Examples:
  exocast topology
  exocast topology --json --timeout 1s
  exocast topology --dot --peers peers.json | dot -Tsvg > cluster.svg

Exit status: 0 all answered, 2 some did not (what the others say is shown), 1 wrong usage or an
error on this machine.)";

struct Options {
  PeerOptions to;
  Duration timeout = std::chrono::seconds(5);  ///< for the whole question; as exo's for one node
  bool json = false;
  bool dot = false;
};

Collected ask_local_node(const Options& options) {
  AsioLoop loop;
  auto node = LocalNode::find(loop, options.to.node, or_name_peers);
  if (!node) return std::unexpected(std::move(node.error()));
  const TopologyRequest request{.timeout = options.timeout};
  const auto answer = returned(loop.run(node->collect(request, "", options.timeout)));
  if (!answer) return std::unexpected(answer.error());
  CollectedTopology collected;
  for (const auto& event : answer->rows) add_event(collected, event);  // ignores unknown events
  if (add_event(collected, answer->end)) return collected;
  return std::unexpected(fmt::format("node '{}' answers what is no topology", node->id()));
}

Collected ask_peers(const Options& options) {
  AsioLoop loop;
  ExoClient client(loop);
  std::vector<TopologyPeer> peers;
  std::vector<Destination> destinations;
  for (const Peer& peer : options.to.peers) {
    const auto inside = loop.enter();
    peers.push_back({.id = peer.id, .address = to_string(peer.address), .link = client.link(peer.address)});
    destinations.push_back({peer.id, peers.back().address, peers.back().link, ""});
  }
  const auto roster = Roster::make(std::move(destinations));  // checks the ids
  if (!roster) return std::unexpected(roster.error());
  return returned(loop.run(collect_topology(loop, "", {}, std::move(peers), {.timeout = options.timeout})));
}

std::string shown(const CollectedTopology& collected, const Options& options) {
  if (options.json) return to_json(collected).dump() + '\n';
  if (options.dot) return to_dot(collected);
  const Terminal out = terminal_at(STDOUT_FILENO);
  return to_table(collected, {.colour = out.colour, .width = out.width});
}

int topology(Options& options) {
  if (auto completed = complete(options.to); !completed) return fail(completed.error());
  const Collected collected = options.to.peers.empty() ? ask_local_node(options) : ask_peers(options);
  if (!collected) return fail(collected.error());
  if (auto printed = print(shown(*collected, options)); !printed) return fail(printed.error());
  const bool all_answered = collected->counts()[PeerOutcome::answered] == collected->receivers();
  return all_answered ? exit_satisfied : exit_unsatisfied;
}

}  // namespace

void add_topology_command(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, status, {"topology", "Show every node's machine and neighbours", help},
                                  [options](const CLI::App&) { return topology(*options); });
  add_peer_options(command, options->to);
  add_duration(command, "--timeout", options->timeout, std::chrono::milliseconds(1),
               "How long all of it may take (5s)");
  CLI::Option* json = add_flag(command, "--json", options->json, "Print JSON");
  exclude(add_flag(command, "--dot", options->dot, "Print a graph that Graphviz draws"), json);
}

}  // namespace exocast
