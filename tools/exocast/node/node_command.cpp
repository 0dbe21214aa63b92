// SPDX-License-Identifier: Apache-2.0
#include <limits.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "exocast/peers_file.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/options.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/commands.h"
#include "tools/exocast/io/metrics_options.h"
#include "tools/exocast/node/claim_id.h"
#include "tools/exocast/node/cluster_options.h"
#include "tools/exocast/node/run_node.h"

namespace exocast {
namespace {

constexpr const char* help =
    R"(Without arguments it finds the nodes of its networks and is found by them; several may run
on a host, each with a name and a port of its own.

Examples:
  exocast node
  exocast node --id n1 --listen 0.0.0.0:50051 --peers peers.json
  exocast node --listen 127.0.0.1:0 --json

The first line says where it listens (port 0 takes any free one), then each message that
arrives is a line, and with --json each line is a JSON object with the key "event":
"listening", "message" or "stopped". Whoever reads them may be slow: up to 1024 messages
wait; then senders wait, for a second, and are told RESOURCE_EXHAUSTED.

SIGTERM and Ctrl-C end it. Exit status: 0 ended by a signal, 1 wrong usage or an error on this
machine.)";

struct Arguments {
  NodeOptions options;
  ClusterArguments cluster;
  RunNodeOptions run;
  bool control = true;
};

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "node";
}

/// Whom it knows, with the id it has by then; into `options`.
std::expected<void, std::string> choose_peers(const ClusterArguments& arguments, NodeOptions& options) {
  auto cluster = cluster_options(arguments);
  if (!cluster) return std::unexpected(std::move(cluster.error()));
  options.cluster = *std::move(cluster);
  if (options.cluster || arguments.peers_file.empty()) return {};
  auto peers = read_peers_file(arguments.peers_file);
  if (!peers) return std::unexpected(std::move(peers.error()));
  options.peers = without(*std::move(peers), options.id);
  return {};
}

int node(const CLI::App& command, Arguments& arguments) {
  const auto refuse = [](const std::string& why) {
    complain(why);
    return exit_error;
  };
  NodeOptions& options = arguments.options;
  if (arguments.control) {
    auto claimed = claim_id(options.id, command.count("--id") > 0);
    if (!claimed) return refuse(claimed.error());
    options.id = std::move(claimed->id);
    arguments.run.control = std::move(claimed->listener);
  }
  arguments.run.any_port = command.count("--listen") == 0;
  if (auto chosen = choose_peers(arguments.cluster, options); !chosen) return refuse(chosen.error());
  return run_node(std::move(options), std::move(arguments.run));
}

}  // namespace

void add_node_command(CLI::App& app, int& status) {
  const auto arguments = std::make_shared<Arguments>();
  NodeOptions& options = arguments->options;
  options.id = host_name();
  options.listen = PeerAddress{.host = "0.0.0.0", .port = 50051};
  CLI::App& command = *app.add_subcommand("node", "Run a node in the foreground and print the messages it receives");
  const auto parse_id = [](std::string_view text) -> std::expected<std::string, std::string> {
    if (auto fault = peer_id_fault(text)) return std::unexpected(*std::move(fault));
    return std::string(text);
  };
  add_parsed(command, "--id", options.id, parse_id,
             "Its name in the cluster (the name of this host, with -2, -3, … for further nodes on it)")
      ->type_name("ID");
  add_parsed(
      command, "--listen", options.listen, [](std::string_view text) { return parse_address(text, 0); },
      "Where it listens (0.0.0.0:50051, or any free port there)")
      ->type_name("HOST:PORT");
  add_count(command, "--native-port", options.native_port, 0, UINT16_MAX,
            "Where it takes native links, on the same host (0, any free port)");
  command.add_flag_callback(
      "--no-native", [&options] { options.native_port = std::nullopt; }, "Take no native links, exo's protocol only");
  add_cluster_options(command, arguments->cluster);
  add_metrics_options(command, arguments->run.metrics);
  command.add_flag_callback(
      "--no-control", [arguments = arguments.get()] { arguments->control = false; },
      "Serve no control socket: other commands cannot find this node");
  command.add_flag("--json", arguments->run.json, "Print lines of JSON");
  // For the demo and for tests: how long it takes to handle a message.
  add_duration(command, "--accept-delay", options.accept_delay, Duration::zero(), "")->group("");
  command.footer(help);
  command.callback([&command, &status, arguments] { status = node(command, *arguments); });
}

}  // namespace exocast
