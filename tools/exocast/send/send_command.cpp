// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "exocast/peers_file.h"
#include "link/exo/exo_client.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/files.h"
#include "tools/cli/options.h"
#include "tools/cli/peer_options.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/commands.h"
#include "tools/exocast/io/metrics_options.h"
#include "tools/exocast/send/send.h"

namespace exocast {
namespace {

constexpr const char* help = R"(What is sent, one of:
  --status JSON     a status: any JSON value; @FILE takes it from a file
  --tokens 1,2,3    tokens of the request --request ID
  -                 each line of standard input, in order, empty lines left out: the
                    JSON text of a status, or with --request ID a list of tokens.
                    A line is sent when the broadcast of the one before is over.

To whom: the peers of the node that runs on this machine, over its links; or, without a
node, the peers that --peers and --peer name.

Examples:
  exocast send --status '{"type":"node_status"}'
  exocast send --status '{"type":"node_status"}' --peer n1=127.0.0.1:50051
  exocast send --tokens 1,2,3 --request r1 --finished --peers peers.json --quorum 2
  generate | exocast send - --request r1 --peers peers.json --timeout 500ms --json

The peers file is exo's: {"peers": {"n1": {"address": "10.0.0.1", "port": 50051}}}

Exit status: 0 the policy was satisfied (all delivered, or --quorum of them), 2 it was
not, 1 wrong usage or an error on this machine. Ctrl-C prints what was achieved until then.)";

/// What the command line said.
struct Arguments {
  std::string input;
  std::string status;
  std::vector<std::int32_t> tokens;
  std::string request_id;
  bool finished = false;
  PeerOptions peers;
  SendOptions options;
};

std::expected<Message, std::string> status_message(const Arguments& arguments) {
  if (!arguments.status.starts_with('@')) return Message::opaque_status(arguments.request_id, arguments.status);
  auto text = read_file(arguments.status.substr(1), ExoClientOptions().message_bytes_max);
  if (!text) return std::unexpected(std::move(text.error()));
  return Message::opaque_status(arguments.request_id, *text);
}

/// The message, or nothing if standard input is to be read.
std::expected<std::optional<Message>, std::string> message_of(const CLI::App& command, const Arguments& arguments) {
  const bool has_status = command.count("--status") > 0;
  const bool has_tokens = command.count("--tokens") > 0;
  const bool has_request = command.count("--request") > 0;
  if (int{has_status} + int{has_tokens} + int{!arguments.input.empty()} != 1) {
    return std::unexpected("one of --status, --tokens and - says what to send");
  }
  if (has_tokens && !has_request) return std::unexpected("--tokens needs --request ID, the request they belong to");
  if (arguments.finished && (has_status || !has_request)) {
    return std::unexpected("--finished is for tokens, with --request ID");
  }
  if (!arguments.input.empty()) return std::nullopt;
  auto message = has_status ? status_message(arguments)
                            : Message::token_result(arguments.request_id, arguments.tokens, arguments.finished);
  if (!message) return std::unexpected((has_status ? "--status: " : "--tokens: ") + message.error());
  return *std::move(message);
}

/// Where it is sent; into `options`.
std::expected<void, std::string> choose_receivers(const CLI::App& command, const PeerOptions& peers,
                                                  SendOptions& options) {
  auto named = peers_of(peers);
  if (!named) return std::unexpected(std::move(named.error()));
  for (const char* own : {"--link", "--gzip", "--metrics", "--metrics-interval"}) {
    if (named->empty() && command.count(own) > 0) {
      return std::unexpected(fmt::format("{} is for links to peers that are named: the local node has its own", own));
    }
  }
  if (!named->empty() && options.quorum.value_or(0) > named->size()) {
    return std::unexpected(
        fmt::format("--quorum: {} is more than the {} peers there are", *options.quorum, named->size()));
  }
  options.peers = *std::move(named);
  options.node = peers.node;
  return {};
}

int send(const CLI::App& command, Arguments& arguments) {
  const auto refuse = [](const std::string& why) {
    complain(why);
    return exit_error;
  };
  SendOptions& options = arguments.options;
  auto message = message_of(command, arguments);
  if (!message) return refuse(message.error());
  if (auto chosen = choose_receivers(command, arguments.peers, options); !chosen) return refuse(chosen.error());
  options.message = *std::move(message);
  if (command.count("--request") > 0) options.lines.request_id = arguments.request_id;
  options.lines.finished = arguments.finished;
  return run_send(options);
}

}  // namespace

void add_send_command(CLI::App& app, int& status) {
  const auto arguments = std::make_shared<Arguments>();
  Arguments& a = *arguments;
  CLI::App& command = *app.add_subcommand("send", "Send a message to all peers and report who got it");
  const auto check_input = [](const std::string& text) { return text == "-" ? "" : "'" + text + "' is not -"; };
  command.add_option("input", a.input, "- reads standard input")->check(check_input, "")->type_name(" ");
  command.add_option("--status", a.status, "The JSON text of a status, or @FILE with it")->type_name("JSON");
  add_parsed(command, "--tokens", a.tokens, parse_tokens, "Tokens of a request")->type_name("1,2,3");
  command.add_option("--request", a.request_id, "The request that tokens belong to")->type_name("ID");
  command.add_flag("--finished", a.finished, "The tokens are the last of their request");
  add_peer_options(command, a.peers);
  add_duration(command, "--timeout", a.options.timeout, std::chrono::milliseconds(1), "Timeout of a broadcast (15s)");
  add_count(command, "--limit", a.options.limit, 1, max_peers, "Peers that are sent to at once (64)");
  add_count(command, "--quorum", a.options.quorum, 1, max_peers,
            "Number of deliveries that is enough; the rest is cancelled");
  command
      .add_option_function<std::string>(
          "--link", [&a](const std::string& kind) { a.options.native = kind == "auto"; },
          "auto: native links to peers that offer them; exo: exo's protocol to all (auto)")
      ->check(CLI::IsMember({"auto", "exo"}), "")
      ->type_name("KIND");
  command.add_flag("--gzip", a.options.gzip, "Compress messages, over exo's protocol");
  add_metrics_options(command, a.options.metrics);
  command.add_flag("--json", a.options.json, "Print each report as a line of JSON");
  command.footer(help);
  command.callback([&command, &status, arguments] { status = send(command, *arguments); });
}

}  // namespace exocast
