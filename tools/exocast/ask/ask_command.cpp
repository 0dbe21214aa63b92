// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "exocast/peers_file.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/peer_options.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/ask/ask.h"
#include "tools/exocast/commands.h"

namespace exocast {
namespace {

constexpr const char* help = R"(All peers are asked at once, by the node that runs on this machine or, where peers are
named, by the command itself. Equal answers are shown together.

Questions that every exocast node answers:
  health    whether it is well; exo's nodes answer it, too
  stats     what waits, what was delivered, how its peers stand: numbers
  version   of its program

Examples:
  exocast ask health
  exocast ask version --timeout 1s --json
  exocast ask stats --peers peers.json --quorum 2

Exit status: 0 the policy was satisfied (all answered, or --quorum of them), 2 it was not,
1 wrong usage or an error on this machine. Ctrl-C prints what was answered until then.)";

struct Arguments {
  std::string question;
  std::string argument;
  PeerOptions peers;
  AskCommandOptions options;
};

int ask(Arguments& arguments) {
  const auto refuse = [](const std::string& why) {
    complain(why);
    return exit_error;
  };
  AskCommandOptions& options = arguments.options;
  auto question = Question::make(arguments.question, arguments.argument);
  if (!question) return refuse(question.error());
  auto named = peers_of(arguments.peers);
  if (!named) return refuse(named.error());
  if (!named->empty() && options.quorum.value_or(0) > named->size()) {
    return refuse(fmt::format("--quorum: {} is more than the {} peers there are", *options.quorum, named->size()));
  }
  options.question = *std::move(question);
  options.peers = *std::move(named);
  options.node = arguments.peers.node;
  return run_ask(options);
}

}  // namespace

void add_ask_command(CLI::App& app, int& status) {
  const auto arguments = std::make_shared<Arguments>();
  AskCommandOptions& options = arguments->options;
  CLI::App& command = *app.add_subcommand("ask", "Ask all peers a question and group equal answers");
  command.add_option("question", arguments->question, "What: health, stats, version")->required()->type_name(" ");
  command.add_option("argument", arguments->argument, "Of what, for questions that need it")->type_name(" ");
  add_peer_options(command, arguments->peers);
  add_duration(command, "--timeout", options.timeout, std::chrono::milliseconds(1), "How long all of it may take (5s)");
  add_count(command, "--limit", options.limit, 1, max_peers, "Peers that are asked at once (64)");
  add_count(command, "--quorum", options.quorum, 1, max_peers,
            "Number of answers that is enough; the rest is cancelled");
  command.add_flag("--json", options.json, "Print JSON");
  command.footer(help);
  command.callback([&status, arguments] { status = ask(*arguments); });
}

}  // namespace exocast
