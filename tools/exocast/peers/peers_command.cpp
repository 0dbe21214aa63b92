// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <utility>

#include "tools/cli/exit_status.h"
#include "tools/cli/peer_options.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/commands.h"
#include "tools/exocast/peers/peers.h"

namespace exocast {
namespace {

constexpr const char* help =
    R"(Without peers that are named, the node that runs on this machine says whom it knows. Peers
that are named are asked themselves, all at once, and those that answer are healthy.

Examples:
  exocast peers
  exocast peers --json
  exocast peers --peers peers.json --timeout 1s

States: healthy; suspect, it should have answered; gone, it cannot be reached; left, it
said goodbye; unknown, nothing has been sent to it yet. --json prints an array of objects
with the keys id, address, link, state, since_s, source and, where there is one, error.

Exit status: 0 the peers are listed, 2 a peer that was named did not answer, 1 wrong usage or
an error on this machine.)";

struct Arguments {
  PeerOptions peers;
  PeersOptions options;
};

int peers(Arguments& arguments) {
  auto named = peers_of(arguments.peers);
  if (!named) {
    complain(named.error());
    return exit_error;
  }
  arguments.options.peers = *std::move(named);
  arguments.options.node = arguments.peers.node;
  return run_peers(arguments.options);
}

}  // namespace

void add_peers_command(CLI::App& app, int& status) {
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& command = *app.add_subcommand("peers", "List the peers and the state of each");
  add_peer_options(command, arguments->peers);
  add_duration(command, "--timeout", arguments->options.timeout, std::chrono::milliseconds(1),
               "How long a peer that is named may take to answer (5s)");
  command.add_flag("--json", arguments->options.json, "Print JSON");
  command.footer(help);
  command.callback([&status, arguments] { status = peers(*arguments); });
}

}  // namespace exocast
