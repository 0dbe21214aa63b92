// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "tools/cli/options.h"
#include "tools/exocast/commands.h"
#include "tools/exocast/demo/demo.h"

namespace exocast {
namespace {

constexpr const char* help = R"(Starts real nodes on loopback, some slow and some frozen (stopped processes), and sends
one message to all of them: first one by one, then all at once, with the same timeout. A
slow node takes ten times as long as an ordinary one, but 100 to 400 ms longer; the
timeout is 300 ms more than that. The demo ends within 10 s and leaves no process behind.

Examples:
  exocast demo
  exocast demo --nodes 32 --slow 2 --frozen 2
  exocast demo --frozen 0 --json

Exit status: 0 every node behaved as its kind does, 2 one did not, or Ctrl-C, 1 wrong
usage or an error on this machine.)";

struct Arguments {
  demo::Options options;
  std::size_t delay_ms = 20;
  bool json = false;
};

}  // namespace

void add_demo_command(CLI::App& app, int& status) {
  const auto arguments = std::make_shared<Arguments>();
  demo::Options& options = arguments->options;
  CLI::App& command = *app.add_subcommand("demo", "Compare one by one with all at once, on real nodes");
  add_count(command, "--nodes", options.nodes, 1, demo::nodes_max, "How many nodes (8)");
  add_count(command, "--slow", options.slow, 0, demo::nodes_max, "How many of them are slow (1)");
  add_count(command, "--frozen", options.frozen, 0, demo::nodes_max, "How many of them never answer (1)");
  add_count(command, "--delay-ms", arguments->delay_ms, 0, 1000,
            "Time an ordinary node takes to handle a message (20)");
  command.add_flag("--json", arguments->json, "Print the result as a line of JSON");
  command.footer(help);
  command.callback([&status, arguments] {
    arguments->options.delay = std::chrono::milliseconds(arguments->delay_ms);
    status = demo::run_demo(arguments->options, arguments->json);
  });
}

}  // namespace exocast
