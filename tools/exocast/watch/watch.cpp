// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/watch/watch.h"

#include <unistd.h>

#include <csignal>
#include <utility>

#include "exocast/gather/scope.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/interruption.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/io/line_writer.h"
#include "tools/exocast/local/local_node.h"
#include "tools/exocast/watch/watch_lines.h"

namespace exocast {
namespace {

using Ended = std::expected<void, std::string>;

/// One run of the command.
class Watching {
 public:
  Watching(AsioLoop& loop, LocalNode& node, const WatchOptions& options)
      : node_(node), options_(options), output_(loop, STDOUT_FILENO), interruption_(loop, {SIGINT, SIGTERM, SIGHUP}) {}

  /// Until a signal comes and the node has said its last word (ok), or something goes wrong.
  task<Ended> run() {
    const Context& context = co_await this_context();
    context.scope->spawn(interruption_.heed());
    if (auto asked = co_await node_.ask(WatchRequest{.request_id = options_.request_id}); !asked) co_return asked;
    const Deadline begun = Deadline::after(context.scheduler->now(), LocalNode::patience);
    Deadline deadline = begun;  // of the first word and of the last
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
  const WatchOptions& options_;
  LineWriter output_;
  Interruption interruption_;
};

}  // namespace

int run_watch(const WatchOptions& options) {
  AsioLoop loop;
  auto node = LocalNode::find(loop, options.node);
  if (!node) {
    complain(node.error());
    return exit_error;
  }
  Watching watching(loop, *node, options);
  const auto ended = loop.run(watching.run());
  if (ended.exception()) std::rethrow_exception(ended.exception());
  if (ended.error() == nullptr) return exit_satisfied;
  complain(*ended.error());
  return exit_error;
}

}  // namespace exocast
