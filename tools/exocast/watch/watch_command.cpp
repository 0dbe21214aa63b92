// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "tools/cli/peer_options.h"
#include "tools/exocast/commands.h"
#include "tools/exocast/watch/watch.h"

namespace exocast {
namespace {

constexpr const char* help = R"(Prints each message that the node on this machine receives from now on, one line each.
With --json each line is an object with the key "event": "watching" once, "message", and
"gap", where "missed" is the number of messages that were dropped before the next one. The
last line has the totals: with --json it has the key "end".

The reader of this output may be slow: up to 1024 messages wait for it, then the oldest
are dropped. Neither the node nor any sender waits for it.

Examples:
  exocast watch
  exocast watch --json --request r1

Ctrl-C ends it. Exit status: 0 ended by a signal, 1 wrong usage, or the node has ended.)";

}  // namespace

void add_watch_command(CLI::App& app, int& status) {
  const auto options = std::make_shared<WatchOptions>();
  CLI::App& command = *app.add_subcommand("watch", "Show what the local node receives");
  command.add_option("--request", options->request_id, "Print only messages of this request")->type_name("ID");
  add_node_option(command, options->node);
  command.add_flag("--json", options->json, "Print lines of JSON");
  command.footer(help);
  command.callback([&status, options] { status = run_watch(*options); });
}

}  // namespace exocast
