// SPDX-License-Identifier: Apache-2.0
#include "exocast/app/program.h"

#include <cstdlib>
#include <exception>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "exocast/app/cli/exit_status.h"
#include "exocast/app/cli/terminal.h"
#include "exocast/app/commands.h"

namespace exocast {
namespace {

/// "exocast send", as far as the command was understood.
std::string command_of(const CLI::App& app) {
  std::string name = app.get_name();
  for (const CLI::App* chosen : app.get_subcommands()) name += " " + command_of(*chosen);
  return name;
}

int usage_error(const CLI::App& app, const CLI::ParseError& error) {
  std::string what = error.what();
  if (app.get_subcommands().empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    what = "a command is needed: demo, node, send or bench";
  }
  complain(fmt::format("{} (see {} --help)", what, command_of(app)));
  return exit_error;
}

}  // namespace

int run_program(int argc, const char* const* argv) {
  int status = exit_satisfied;
  CLI::App app("Tells every node of a cluster the same thing at the same time, and says exactly who got it.", "exocast");
  app.set_version_flag("--version", "exocast " EXOCAST_VERSION, "Print the version");
  app.set_help_flag("-h,--help", "Print this help; every command has its own");
  app.require_subcommand(1);
  add_demo_command(app, status);
  add_node_command(app, status);
  add_send_command(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked_for) {  // --help, --version
    return app.exit(asked_for);
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error);
  } catch (const std::exception& error) {
    complain(error.what());
    return exit_error;
  }
  return status;
}

}  // namespace exocast
