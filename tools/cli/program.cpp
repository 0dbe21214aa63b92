// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/program.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/cli/exit_status.h"
#include "tools/cli/terminal.h"

namespace exocast {
namespace {

/// Where a standard stream is closed, a descriptor of ours would take its number, and get what is printed, or be read.
/// What takes the number here fails instead, so that using the stream is still an error.
[[clang::disable_sanitizer_instrumentation]] void occupy_standard_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (syscall(SYS_fcntl, fd, F_GETFD) >= 0) continue;
    syscall(SYS_openat, AT_FDCWD, "/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
  }
}

/// The initialisers of libgrpc open descriptors before main(); only what stands here runs before them, and before those
/// of the sanitizers, which is why the system is called directly.
[[gnu::section(".preinit_array"), gnu::used]] void (*const before_all_initialisers)() = occupy_standard_streams;

/// The command that was chosen, as far as it was understood, and its whole name: "exocast-bench gather".
std::pair<const CLI::App*, std::string> chosen_command(const CLI::App& app) {
  const CLI::App* chosen = &app;
  std::string name = app.get_name();
  while (!chosen->get_subcommands().empty()) {
    chosen = chosen->get_subcommands().front();
    name += " " + chosen->get_name();
  }
  return {chosen, name};
}

/// What to say when a command is missing, or is none: "'frobnicate' is none of demo, node, send, bench".
std::string missing_command(const CLI::App& app, const CLI::App& parent) {
  std::vector<std::string> names;
  for (const CLI::App* command :
       parent.get_subcommands([](const CLI::App* any) { return !any->get_group().empty(); })) {
    names.push_back(command->get_name());
  }
  const std::vector<std::string> unknown = app.remaining(true);
  if (unknown.empty()) return fmt::format("a command is needed: {}", fmt::join(names, ", "));
  return fmt::format("'{}' is none of the commands {}", unknown.front(), fmt::join(names, ", "));
}

int usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const auto [command, name] = chosen_command(app);
  const bool is_missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
                          !command->get_subcommands([](const CLI::App*) { return true; }).empty();
  const std::string what = is_missing ? missing_command(app, *command) : error.what();
  complain(fmt::format("{} (see {} --help)", what, name));
  return exit_error;
}

}  // namespace

int run_program(const Program& program, int argc, const char* const* argv) {
  std::signal(SIGPIPE, SIG_IGN);  // who reads the output may go: that is an error of writing, not a sudden death
  int status = exit_satisfied;
  CLI::App app(program.description, program.name);
  app.set_version_flag("--version", fmt::format("{} {}", program.name, EXOCAST_VERSION), "Print the version");
  app.set_help_flag("-h,--help", "Print this help; every command has its own");
  app.require_subcommand(1);
  app.footer(program.footer);
  program.add_commands(app, status);
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
