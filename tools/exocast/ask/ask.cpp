// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/ask/ask.h"

#include <unistd.h>

#include <functional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "exocast/answers.h"
#include "exocast/gather/scope.h"
#include "exocast/node.h"
#include "report/report_json.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/files.h"
#include "tools/cli/interruption.h"
#include "tools/cli/progress_line.h"
#include "tools/cli/returned.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/local/local_rows.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;
using Asked = std::expected<Answers, std::string>;

/// One run of the command, whoever is asked.
class Asking {
 public:
  /// How it asks: the own node, or the local one.
  using Way = std::function<task<Asked>(StopSource& interrupted, ProgressLine& progress)>;

  Asking(AsioLoop& loop, Way way) : loop_(loop), way_(std::move(way)), interruption_(loop) {}

  Asked ask() { return returned(loop_.run(run())); }
  bool interrupted() const noexcept { return interruption_.requested(); }

 private:
  task<Asked> run() {
    Scope& scope = *(co_await this_context()).scope;
    scope.spawn(interruption_.heed());
    scope.spawn(progress_.show());
    Asked asked = co_await way_(interruption_.stop(), progress_);
    progress_.end();
    co_return asked;
  }

  AsioLoop& loop_;
  Way way_;
  Interruption interruption_;
  ProgressLine progress_{terminal_at(STDERR_FILENO)};
};

task<Asked> ask_peers(Node& node, const AskCommandOptions& options, StopSource& interrupted, ProgressLine& progress) {
  const TimePoint now = node.loop().now();
  progress.begin(options.peers.size(), now, Deadline::after(now, options.timeout));
  co_return co_await node.asker().ask(
      options.question, {.timeout = options.timeout,
                         .limit = options.limit,
                         .policy = options.quorum ? DeliveryPolicy::quorum(*options.quorum) : DeliveryPolicy::all(),
                         .stop = &interrupted,
                         .on_answer = [&](std::size_t, const PeerAnswer&) { progress.settled(); }});
}

task<Asked> ask_local_node(LocalNode& node, const AskCommandOptions& options, StopSource& interrupted,
                           ProgressLine& progress) {
  const AskRequest request{.question = options.question,
                           .timeout = options.timeout,
                           .limit = options.limit,
                           .quorum = options.quorum,
                           .progress = terminal_at(STDERR_FILENO).present};
  auto answer = co_await collect_rows(node, request, "answer", options.timeout, interrupted, progress);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  auto answers = answers_from_json(answer->end.value("answers", Json()), answer->rows);
  if (!answers) co_return std::unexpected(fmt::format("node '{}' answers what are no answers", node.id()));
  co_return *std::move(answers);
}

/// Says what came of it; the exit status.
int conclude(const Asked& asked, bool interrupted, bool json) {
  if (!asked) {
    complain(asked.error());
    return exit_error;
  }
  const bool colour = terminal_at(STDOUT_FILENO).colour;
  if (auto printed = print(json ? to_json(*asked).dump() + '\n' : to_table(*asked, colour)); !printed) {
    complain(printed.error());
    return exit_error;
  }
  if (asked->satisfied) return exit_satisfied;
  complain((interrupted ? "interrupted: " : "") + shortfall(*asked));
  return exit_unsatisfied;
}

int run_with_own_links(const AskCommandOptions& options) {
  auto node = Node::start({.id = "exocast ask", .peers = options.peers, .links = {.native = false}});
  if (!node) return conclude(std::unexpected(std::move(node.error())), false, options.json);
  Asking asking((*node)->loop(), [&](StopSource& interrupted, ProgressLine& progress) {
    return ask_peers(**node, options, interrupted, progress);
  });
  return conclude(asking.ask(), asking.interrupted(), options.json);
}

int run_through_local_node(const AskCommandOptions& options) {
  AsioLoop loop;
  auto node = LocalNode::find(loop, options.node, or_name_peers);
  if (!node) return conclude(std::unexpected(std::move(node.error())), false, options.json);
  Asking asking(loop, [&](StopSource& interrupted, ProgressLine& progress) {
    return ask_local_node(*node, options, interrupted, progress);
  });
  return conclude(asking.ask(), asking.interrupted(), options.json);
}

}  // namespace

int run_ask(const AskCommandOptions& options) {
  return options.peers.empty() ? run_through_local_node(options) : run_with_own_links(options);
}

}  // namespace exocast
