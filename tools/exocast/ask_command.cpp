// SPDX-License-Identifier: Apache-2.0
// `exocast ask`: asks all peers a question at once and shows their answers; equal answers share a row.
#include <unistd.h>

#include <functional>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "exocast/answers.h"
#include "exocast/gather/scope.h"
#include "exocast/node.h"
#include "exocast/peers_file.h"
#include "report/report_json.h"
#include "tools/cli/files.h"
#include "tools/cli/foreground.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/commands.h"
#include "tools/exocast/local_node.h"
#include "tools/exocast/peer_options.h"
#include "tools/exocast/shortfall.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;
using Asked = std::expected<Answers, std::string>;

constexpr const char* help = R"(All peers are asked at once, by the node that runs on this machine or, where peers are
named, by the command itself. Equal answers are shown together.

Questions that every exocast node answers:
  health    whether it is well; exo's nodes answer it, too
  stats     what waits, what was delivered, how its peers stand: numbers
  version   of its program
  replay    the messages that it has kept, with --replay, as exocast watch --replay reads them

Examples:
  exocast ask health
  exocast ask version --timeout 1s --json
  exocast ask stats --peers peers.json --quorum 2

Exit status: 0 the policy was satisfied (all answered, or --quorum of them), 2 it was not,
1 wrong usage or an error on this machine. Ctrl-C prints what was answered until then.)";

struct Options {
  std::string question;
  std::string argument;
  PeerOptions to;
  Duration timeout = std::chrono::seconds(5);
  std::size_t limit = max_peers;
  std::optional<std::size_t> quorum;  ///< nothing: all
  bool json = false;
};

task<Asked> ask_peers(Node& node, const Question& question, const Options& options, StopSource& interrupted,
                      ProgressLine& progress) {
  const TimePoint now = node.loop().now();
  progress.begin(options.to.peers.size(), now, Deadline::after(now, options.timeout));
  co_return co_await node.asker().ask(
      question, {.timeout = options.timeout,
                 .limit = options.limit,
                 .policy = options.quorum ? DeliveryPolicy::quorum(*options.quorum) : DeliveryPolicy::all(),
                 .stop = &interrupted,
                 .on_answer = [&](std::size_t, const PeerAnswer&) { progress.settled(); }});
}

task<Asked> ask_local_node(LocalNode& node, const Question& question, const Options& options, StopSource& interrupted,
                           ProgressLine& progress) {
  const AskRequest request{.question = question,
                           .timeout = options.timeout,
                           .limit = options.limit,
                           .quorum = options.quorum,
                           .progress = terminal_at(STDERR_FILENO).present};
  const auto answer = co_await node.collect(request, "answer", options.timeout, &interrupted, &progress);
  if (!answer) co_return std::unexpected(answer.error());
  auto answers = answers_from_json(answer->end.value("answers", Json()), answer->rows);
  if (!answers) co_return std::unexpected(fmt::format("node '{}' answers what are no answers", node.id()));
  co_return *std::move(answers);
}

/// Asks by `way`, through links of its own or the local node, and prints the answers. Returns the exit status.
int ask(AsioLoop& loop, bool json, const std::function<task<Asked>(StopSource&, ProgressLine&)>& way) {
  Interruption interruption(loop);
  ProgressLine progress(terminal_at(STDERR_FILENO));
  const auto run = [&]() -> task<Asked> {
    Scope& scope = *(co_await this_context()).scope;
    scope.spawn(interruption.heed());
    scope.spawn(progress.show());
    Asked asked = co_await way(interruption.stop(), progress);
    progress.end();
    co_return asked;
  };
  const Asked asked = returned(loop.run(run()));
  if (!asked) return fail(asked.error());
  const bool colour = terminal_at(STDOUT_FILENO).colour;
  auto printed = print(json ? to_json(*asked).dump() + '\n' : to_table(*asked, colour));
  if (!printed) return fail(printed.error());
  if (asked->satisfied) return exit_satisfied;
  return fail((interruption.requested() ? "interrupted: " : "") + shortfall(*asked), exit_unsatisfied);
}

int run(Options& options) {
  const auto question = Question::make(options.question, options.argument);
  if (!question) return fail(question.error());
  if (auto completed = complete(options.to, options.quorum); !completed) return fail(completed.error());
  if (options.to.peers.empty()) {
    AsioLoop loop;
    auto node = LocalNode::find(loop, options.to.node, or_name_peers);
    if (!node) return fail(node.error());
    return ask(loop, options.json, [&](StopSource& interrupted, ProgressLine& progress) {
      return ask_local_node(*node, *question, options, interrupted, progress);
    });
  }
  auto node = Node::start({.id = "exocast ask", .peers = options.to.peers, .links = {.native = false}});
  if (!node) return fail(node.error());
  return ask((*node)->loop(), options.json, [&](StopSource& interrupted, ProgressLine& progress) {
    return ask_peers(**node, *question, options, interrupted, progress);
  });
}

}  // namespace

void add_ask_command(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, status, {"ask", "Ask all peers a question and group equal answers", help},
                                  [options](const CLI::App&) { return run(*options); });
  require(add_text(command, "question", options->question, " ", "What: health, stats, version, replay"));
  add_text(command, "argument", options->argument, " ", "Of what, for questions that need it");
  add_peer_options(command, options->to);
  add_duration(command, "--timeout", options->timeout, std::chrono::milliseconds(1),
               "How long all of it may take (5s)");
  add_count(command, "--limit", options->limit, 1, max_peers, "Peers that are asked at once (all)");
  add_count(command, "--quorum", options->quorum, 1, max_peers,
            "Number of answers that is enough; the rest is cancelled");
  add_flag(command, "--json", options->json, "Print JSON");
}

}  // namespace exocast
