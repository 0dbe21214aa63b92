// SPDX-License-Identifier: Apache-2.0
// `exocast node`: runs a node in the foreground and prints the messages it receives, until a signal ends it.
#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "control/control_server.h"
#include "exocast/cluster_options.h"
#include "exocast/gather/gather.h"
#include "exocast/node.h"
#include "exocast/peers_file.h"
#include "exocast/signals.h"
#include "node/control_commands.h"
#include "tools/cli/command_line.h"
#include "tools/cli/foreground.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/claim_id.h"
#include "tools/exocast/commands.h"
#include "tools/exocast/event_lines.h"
#include "tools/exocast/io/line_writer.h"
#include "tools/exocast/io/metrics_file.h"

namespace exocast {
namespace {

using Ended = std::expected<void, std::string>;

constexpr const char* help =
    R"(Without arguments it finds the nodes of its networks and is found by them; several may run
on a host, each with a name and a port of its own.

Examples:
  exocast node
  exocast node --id n1 --listen 0.0.0.0:50051 --peers peers.json
  exocast node --listen 127.0.0.1:0 --json

The first line says where it listens (port 0 takes any free one), then each message that
arrives is a line, and with --json each line is a JSON object with the key "event":
"listening", "message" or "stopped". If the reader is slow, up to 1024 messages wait;
then senders wait for a second, and are told RESOURCE_EXHAUSTED.

SIGTERM and Ctrl-C end it. Exit status: 0 ended by a signal, 1 wrong usage or an error on this
machine.)";

/// The options that say how the node finds its cluster.
struct ClusterArguments {
  std::vector<std::string> discovery;
  std::string peers_file;
  std::string key_file;
  std::string preset = "lan";
  std::uint16_t discovery_port = LanDiscoveryOptions().port;
  std::uint16_t exo_port = ExoDiscoveryOptions().port;
  std::uint16_t exo_announce_port = ExoDiscoveryOptions().announce_port;
  bool announce_exo = false;
};

struct Options {
  NodeOptions node;
  ClusterArguments cluster;
  MetricsFileOptions metrics;
  bool no_native = false;
  bool no_control = false;
  bool json = false;
};

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "node";
}

MembershipOptions preset_named(const std::string& name) {
  if (name == "wan") return MembershipOptions::wan();
  if (name == "loopback") return MembershipOptions::loopback();
  return MembershipOptions::lan();
}

/// Nothing for `--discovery none`. Reads the key file. The error is one printable line.
std::expected<std::optional<ClusterOptions>, std::string> cluster_options(const ClusterArguments& arguments) {
  std::vector<std::string> kinds = arguments.discovery;
  if (kinds.empty()) kinds = {arguments.peers_file.empty() ? "lan" : "file"};
  const auto asked_for = [&](const char* kind) { return std::ranges::find(kinds, kind) != kinds.end(); };
  if (asked_for("none")) {
    if (kinds.size() > 1) return std::unexpected("--discovery none goes with no other");
    if (!arguments.key_file.empty())
      return std::unexpected("--cluster-key is for a cluster: not with --discovery none");
    if (arguments.announce_exo) return std::unexpected("--announce-exo is for a cluster: not with --discovery none");
    return std::nullopt;
  }
  if (asked_for("file") && arguments.peers_file.empty()) {
    return std::unexpected("--discovery file needs --peers FILE, the file that lists the cluster");
  }
  ClusterOptions options;
  options.membership = preset_named(arguments.preset);
  options.lan.reset();
  if (asked_for("lan")) options.lan = LanDiscoveryOptions{.port = arguments.discovery_port};
  options.peers_file = arguments.peers_file;
  if (asked_for("exo") || arguments.announce_exo) {
    options.exo = ExoDiscoveryOptions{
        .port = arguments.exo_port, .announce = arguments.announce_exo, .announce_port = arguments.exo_announce_port};
  }
  if (!arguments.key_file.empty()) {
    auto key = ClusterKey::read(arguments.key_file);
    if (!key) return std::unexpected("--cluster-key: " + key.error());
    options.key = *std::move(key);
  }
  return options;
}

/// Sets the cluster options or the peers of the node, whose id must be set.
Ended choose_peers(const ClusterArguments& arguments, NodeOptions& options) {
  auto cluster = cluster_options(arguments);
  if (!cluster) return std::unexpected(std::move(cluster.error()));
  options.cluster = *std::move(cluster);
  if (options.cluster || arguments.peers_file.empty()) return {};
  auto peers = read_peers_file(arguments.peers_file);
  if (!peers) return std::unexpected(std::move(peers.error()));
  options.peers = without(*std::move(peers), options.id);
  return {};
}

constexpr Duration goodbye_timeout = std::chrono::milliseconds(500);

class PrintingNode {
 public:
  PrintingNode(Node& node, const MetricsFileOptions& metrics, bool json)
      : node_(node), events_(node.id(), json), subscription_(node.inbox().subscribe("standard output")) {
    if (!metrics.path.empty()) metrics_.emplace(node, metrics);
  }

  /// Runs until a signal comes (ok) or a write fails.
  task<Ended> run() {
    if (auto written = write_metrics(); !written) co_return written;
    if (auto printed = co_await print(events_.listening(*node_.address(), node_.native_address())); !printed)
      co_return printed;
    Scope& scope = *(co_await this_context()).scope;
    scope.spawn(stop_on_signal());
    if (metrics_) scope.spawn(metrics_->keep_writing());
    const auto printed = co_await with_stop(print_messages(), stop_);
    if (const std::string* error = printed.error()) co_return std::unexpected(*error);
    co_await node_.leave(Deadline::after(node_.loop().now(), goodbye_timeout));
    if (auto written = write_metrics(); !written) co_return written;
    co_return co_await print(events_.stopped(node_.inbox().metrics()));
  }

 private:
  task<void> stop_on_signal() {
    co_await signals_.next();
    stop_.request();
  }

  task<Ended> print_messages() {
    for (;;) {
      const Message message = co_await subscription_->next();
      if (auto printed = co_await print(events_.message(message)); !printed) co_return printed;
    }
  }

  task<Ended> print(std::string text) {
    auto printed = co_await output_.write(text);
    if (!printed) co_return std::unexpected("standard output: " + printed.error());
    co_return {};
  }

  Ended write_metrics() { return metrics_ ? metrics_->write() : Ended(); }

  Node& node_;
  EventLines events_;
  std::unique_ptr<Inbox::Subscription> subscription_;
  std::optional<MetricsFile> metrics_;
  LineWriter output_{node_.loop(), STDOUT_FILENO};
  Signals signals_{node_.loop(), {SIGINT, SIGTERM, SIGHUP}};
  StopSource stop_;
};

std::expected<std::unique_ptr<Node>, std::string> start(NodeOptions options, bool any_port) {
  auto node = Node::start(options);
  if (node || !any_port) return node;
  options.listen->port = 0;
  return Node::start(std::move(options));
}

int node(const CLI::App& command, Options& options) {
  std::unique_ptr<ControlListener> listener;
  if (!options.no_control) {
    auto claimed = claim_id(options.node.id, given(command, "--id"));
    if (!claimed) return fail(claimed.error());
    options.node.id = std::move(claimed->id);
    listener = std::move(claimed->listener);
  }
  if (auto chosen = choose_peers(options.cluster, options.node); !chosen) return fail(chosen.error());
  if (options.no_native) options.node.native_port = std::nullopt;
  options.node.metrics = !options.metrics.path.empty();
  if (auto& cluster = options.node.cluster) cluster->on_trouble = [](std::string_view line) { complain(line); };
  auto node = start(std::move(options.node), !given(command, "--listen"));
  if (!node) return fail(node.error());
  AsioLoop& loop = (*node)->loop();
  std::optional<ControlServer> control;
  if (listener != nullptr) control.emplace(loop, control_commands(**node), std::move(listener));
  std::optional<PrintingNode> printing;
  {
    const auto inside = loop.enter();  // messages may arrive already
    printing.emplace(**node, options.metrics, options.json);
  }
  auto ended = loop.run(printing->run());
  {
    const auto inside = loop.enter();
    printing.reset();
  }
  const Ended without_fault = returned(ended);
  return without_fault ? exit_satisfied : fail(without_fault.error());
}

void add_cluster_options(CLI::App& command, ClusterArguments& arguments) {
  add_choice(command, "--discovery", arguments.discovery, {"lan", "file", "exo", "none"}, "KIND",
             "How it finds others, may be given again: lan, by announcements on its networks; file, by --peers; "
             "exo, by what exo's nodes announce; none (lan, or file with --peers)");
  add_text(command, "--peers", arguments.peers_file, "FILE",
           "A file that lists the cluster; may change while the node runs");
  add_text(command, "--cluster-key", arguments.key_file, "FILE",
           "A file with the cluster's key, the same for all nodes: only nodes that have it take part");
  add_choice(command, "--preset", arguments.preset, {"lan", "wan", "loopback"}, "NAME",
             "How patient it is with silent nodes: lan, wan or loopback (lan)");
  add_count(command, "--discovery-port", arguments.discovery_port, 1, UINT16_MAX,
            "Where announcements are heard, the same for all nodes (5679)");
  add_flag(command, "--announce-exo", arguments.announce_exo,
           "Announce it to exo's nodes, too. They then give it layers of the model to run, which it cannot: "
           "for clusters whose exo nodes do not infer");
  add_count(command, "--exo-port", arguments.exo_port, 1, UINT16_MAX, "Where exo's nodes are heard (5678)");
  add_count(command, "--exo-announce-port", arguments.exo_announce_port, 1, UINT16_MAX,
            "Where it is announced to exo's nodes (5678)");
}

}  // namespace

void add_node_command(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  NodeOptions& node_options = options->node;
  node_options.id = host_name();
  node_options.listen = PeerAddress{.host = "0.0.0.0", .port = 50051};
  CLI::App& command =
      add_command(app, status, {"node", "Run a node in the foreground and print the messages it receives", help},
                  [options](const CLI::App& chosen) { return node(chosen, *options); });
  const auto parse_id = [](std::string_view text) -> std::expected<std::string, std::string> {
    if (auto fault = peer_id_fault(text)) return std::unexpected(*std::move(fault));
    return std::string(text);
  };
  add_parsed(command, "--id", node_options.id, parse_id, "ID",
             "Its name in the cluster (the name of this host, with -2, -3, … for further nodes on it)");
  const auto parse_listen = [](std::string_view text) { return parse_address(text, 0); };
  add_parsed(command, "--listen", node_options.listen, parse_listen, "HOST:PORT",
             "Where it listens (0.0.0.0:50051, or any free port there)");
  add_count(command, "--native-port", node_options.native_port, 0, UINT16_MAX,
            "Where it takes native links, on the same host (0, any free port)");
  add_flag(command, "--no-native", options->no_native, "Take no native links, exo's protocol only");
  add_cluster_options(command, options->cluster);
  add_count(command, "--replay", node_options.broadcaster.replay.messages, 0, ReplayRequest::messages_limit,
            "How many messages it keeps of what it sends, of each class, for nodes that come later (0)");
  add_metrics_options(command, options->metrics);
  add_flag(command, "--no-control", options->no_control,
           "Serve no control socket: other commands cannot find this node");
  add_flag(command, "--json", options->json, "Print lines of JSON");
  // For the demo and for tests: the time to accept a message.
  hide(add_duration(command, "--accept-delay", node_options.accept_delay, Duration::zero(), ""));
}

}  // namespace exocast
