// SPDX-License-Identifier: Apache-2.0
// The program `exocast` and its commands.
#include "tools/cli/command_line.h"
#include "tools/exocast/commands.h"

namespace exocast {
namespace {

constexpr const char* footer = R"(Examples:
  exocast demo
  exocast node --id n1 --listen 127.0.0.1:50051
  exocast send --status '{"type":"hello"}' --peer n1=127.0.0.1:50051

Exit status: 0 done, 2 not every peer was reached, 1 wrong usage or an error on this
machine.)";

void add_commands(CLI::App& app, int& status) {
  add_demo_command(app, status);
  add_node_command(app, status);
  add_send_command(app, status);
  add_watch_command(app, status);
  add_peers_command(app, status);
  add_topology_command(app, status);
  add_ask_command(app, status);
}

}  // namespace
}  // namespace exocast

int main(int argc, char** argv) {
  return exocast::run_program(
      {"exocast", "Tells every node of a cluster the same thing at the same time, and says exactly who got it.",
       exocast::footer, exocast::add_commands},
      argc, argv);
}
