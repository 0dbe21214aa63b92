// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "tools/cli/peer_options.h"
#include "tools/exocast/commands.h"
#include "tools/exocast/watch/watch.h"

namespace exocast {
namespace {

constexpr const char* help = R"(Shows each message that the node on this machine receives, from now on, a line each, or
with --json as a JSON object with the key "event": "watching" once, "message", and "gap"
with the number of messages "missed" before the next one. The last line counts: with
--json it has the key "end".

Whoever reads may be slow: up to 1024 messages wait for it, then the oldest are missed. It
makes neither the node nor anybody who sends wait.

Examples:
  exocast watch
  exocast watch --json --request r1

Ctrl-C ends it. Exit status: 0 ended by a signal, 1 usage, or the node has ended.)";

}  // namespace

void add_watch_command(CLI::App& app, int& status) {
  const auto options = std::make_shared<WatchOptions>();
  CLI::App& command = *app.add_subcommand("watch", "Show what the local node receives");
  command.add_option("--request", options->request_id, "Only messages of this request")->type_name("ID");
  add_node_option(command, options->node);
  command.add_flag("--json", options->json, "Print lines of JSON");
  command.footer(help);
  command.callback([&status, options] { status = run_watch(*options); });
}

}  // namespace exocast
