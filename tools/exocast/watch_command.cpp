// SPDX-License-Identifier: Apache-2.0
// `exocast watch`: shows the messages that the local node receives, until a signal ends it.
#include <unistd.h>

#include <csignal>
#include <memory>
#include <utility>

#include "exocast/gather/scope.h"
#include "tools/cli/foreground.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/commands.h"
#include "tools/exocast/event_lines.h"
#include "tools/exocast/io/line_writer.h"
#include "tools/exocast/local_node.h"
#include "tools/exocast/peer_options.h"

namespace exocast {
namespace {

using Ended = std::expected<void, std::string>;

constexpr const char* help = R"(Prints each message that the node on this machine receives from now on, one line each.
With --json each line is an object with the key "event": "watching" once, "message", and
"gap", where "missed" is the number of messages that were dropped before the next one. The
last line has the totals: with --json it has the key "end".
With --stable a line follows for each message once it is known whether every receiver has
it: with --json an event "stable", where "message" is the number of the message, from 1,
and "stable" is "yes", "no", "unknown" (nodes of exo do not say it), or "not_yet" if more
than 1024 messages wait for it.
With --replay it asks the peers first for messages that they have kept (exocast node
--replay) and prints these before the others, none twice: with --json an event "replay" for
each peer, then their messages, with "replayed": true.

The reader of this output may be slow: up to 1024 messages wait for it, then the oldest
are dropped. Neither the node nor any sender waits for it.

Examples:
  exocast watch
  exocast watch --json --request r1
  exocast watch --topic news
  exocast watch --stable
  exocast watch --replay

Ctrl-C ends it. Exit status: 0 ended by a signal, 1 wrong usage, or the node has ended.)";

struct Options {
  std::optional<std::string> node;        ///< which local node; nothing: see LocalNode::find()
  std::optional<std::string> request_id;  ///< only messages of this request
  std::optional<std::string> topic;       ///< only data of this topic
  bool stable = false;                    ///< say of each message whether every receiver has it
  bool replay = false;                    ///< first what the peers have kept
  bool json = false;
};

class Watching {
 public:
  Watching(AsioLoop& loop, LocalNode& node, const Options& options)
      : node_(node), options_(options), output_(loop, STDOUT_FILENO), interruption_(loop, {SIGINT, SIGTERM, SIGHUP}) {}

  /// Runs until a signal comes and the node has sent its last event (ok), or an error.
  task<Ended> run() {
    const Context& context = co_await this_context();
    context.scope->spawn(interruption_.heed());
    const WatchRequest request{.request_id = options_.request_id,
                               .topic = options_.topic,
                               .stable = options_.stable,
                               .replay = options_.replay};
    if (auto asked = co_await node_.ask(request); !asked) co_return asked;
    const Deadline begun = Deadline::after(context.scheduler->now(), LocalNode::patience);
    Deadline deadline = begun;  // for the first and the last event
    StopSource* stop = &interruption_.stop();
    for (;;) {
      auto answer = co_await node_.next(deadline, stop);
      if (!answer) co_return std::unexpected(std::move(answer.error()));
      if (!*answer) {
        if (auto asked = co_await node_.ask(CancelRequest()); !asked) co_return asked;
        stop = nullptr;
        deadline = Deadline::after(context.scheduler->now(), LocalNode::patience);
        continue;
      }
      if (auto shown = co_await show(**answer); !shown) co_return shown;
      if ((*answer)->last) co_return {};
      if (stop != nullptr) deadline = Deadline::never();
    }
  }

 private:
  task<Ended> show(const LocalNode::Answer& answer) {
    const std::string line = options_.json ? answer.line + '\n' : to_watch_line(answer.json);
    auto written = co_await output_.write(line);
    if (!written) co_return std::unexpected("standard output: " + written.error());
    co_return {};
  }

  LocalNode& node_;
  const Options& options_;
  LineWriter output_;
  Interruption interruption_;
};

int watch(const Options& options) {
  AsioLoop loop;
  auto node = LocalNode::find(loop, options.node);
  if (!node) return fail(node.error());
  Watching watching(loop, *node, options);
  const auto ended = returned(loop.run(watching.run()));
  return ended ? exit_satisfied : fail(ended.error());
}

}  // namespace

void add_watch_command(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, status, {"watch", "Show what the local node receives", help},
                                  [options](const CLI::App&) { return watch(*options); });
  add_text(command, "--request", options->request_id, "ID", "Print only messages of this request");
  add_text(command, "--topic", options->topic, "TOPIC", "Print only data of this topic");
  add_flag(command, "--stable", options->stable, "Say of each message whether every receiver has it");
  add_flag(command, "--replay", options->replay, "Print first the messages that the peers have kept");
  add_node_option(command, options->node);
  add_flag(command, "--json", options->json, "Print lines of JSON");
}

}  // namespace exocast
