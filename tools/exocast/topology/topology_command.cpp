// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <utility>

#include "tools/cli/exit_status.h"
#include "tools/cli/peer_options.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/commands.h"
#include "tools/exocast/topology/topology.h"

namespace exocast {
namespace {

constexpr const char* help = R"(All nodes are asked at once for their machines and neighbours, by the node that runs on
this machine, or, where peers are named, by the command itself.

Examples:
  exocast topology
  exocast topology --json --timeout 1s
  exocast topology --dot --peers peers.json | dot -Tsvg > cluster.svg

Exit status: 0 all answered, 2 some did not (what the others say is shown), 1 wrong usage or an
error on this machine.)";

struct Arguments {
  PeerOptions peers;
  ShowTopologyOptions options;
  bool json = false;
  bool dot = false;
};

int topology(Arguments& arguments) {
  auto named = peers_of(arguments.peers);
  if (!named) {
    complain(named.error());
    return exit_error;
  }
  ShowTopologyOptions& options = arguments.options;
  options.peers = *std::move(named);
  options.node = arguments.peers.node;
  if (arguments.json) options.format = TopologyFormat::json;
  if (arguments.dot) options.format = TopologyFormat::dot;
  return run_topology(options);
}

}  // namespace

void add_topology_command(CLI::App& app, int& status) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& command = *app.add_subcommand("topology", "Show every node's machine and neighbours");
  add_peer_options(command, arguments->peers);
  add_duration(command, "--timeout", arguments->options.timeout, std::chrono::milliseconds(1),
               "How long all of it may take (5s)");
  CLI::Option& json = *command.add_flag("--json", arguments->json, "Print JSON");
  command.add_flag("--dot", arguments->dot, "Print a graph that Graphviz draws")->excludes(&json);
  command.footer(help);
  command.callback([&status, arguments] { status = topology(*arguments); });
}

}  // namespace exocast
