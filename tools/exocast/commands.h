// SPDX-License-Identifier: Apache-2.0
#pragma once
// The commands of the program. Each adds itself to the command line. Parsing runs the chosen one and stores its exit
// status (cli/exit_status.h) in `status`, which must live as long as `app`.

namespace CLI {  // NOLINT(readability-identifier-naming): the name of the library
class App;
}  // namespace CLI

namespace exocast {

void add_ask_command(CLI::App& app, int& status);
void add_demo_command(CLI::App& app, int& status);
void add_node_command(CLI::App& app, int& status);
void add_peers_command(CLI::App& app, int& status);
void add_send_command(CLI::App& app, int& status);
void add_topology_command(CLI::App& app, int& status);
void add_watch_command(CLI::App& app, int& status);

}  // namespace exocast
