// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/command_line.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <exception>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tools/cli/exit_status.h"
#include "tools/cli/terminal.h"

namespace exocast {
namespace {

/// If a standard stream is closed, one of our descriptors would take its number, and would be read or written as that
/// stream. The descriptor opened here fails instead, so that using the stream is still an error.
[[clang::disable_sanitizer_instrumentation]] void occupy_standard_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (syscall(SYS_fcntl, fd, F_GETFD) >= 0) continue;
    syscall(SYS_openat, AT_FDCWD, "/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
  }
}

/// libgrpc's initialisers open descriptors before main(). Only .preinit_array runs before them. It also runs before
/// those of the sanitizers, hence the direct system calls.
[[gnu::section(".preinit_array"), gnu::used]] void (*const before_all_initialisers)() = occupy_standard_streams;

/// The chosen command, as far as the arguments were parsed, and its full name: "exocast-bench gather".
std::pair<const CLI::App*, std::string> chosen_command(const CLI::App& app) {
  const CLI::App* chosen = &app;
  std::string name = app.get_name();
  while (!chosen->get_subcommands().empty()) {
    chosen = chosen->get_subcommands().front();
    name += " " + chosen->get_name();
  }
  return {chosen, name};
}

/// The error for a missing or unknown command: "'frobnicate' is none of the commands demo, node, send, bench".
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
  std::signal(SIGPIPE, SIG_IGN);  // if the reader of the output goes away, writing fails instead
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

CLI::App& add_command(CLI::App& app, int& status, const CommandHelp& help, std::function<int(const CLI::App&)> run) {
  CLI::App& command = *app.add_subcommand(help.name, help.description);
  command.footer(help.footer);
  command.callback([&command, &status, run = std::move(run)] { status = run(command); });
  return command;
}

bool given(const CLI::App& command, const std::string& name) { return command.count(name) > 0; }

CLI::Option* add_text(CLI::App& command, const std::string& name, std::string& target, const std::string& type,
                      const std::string& help) {
  return command.add_option(name, target, help)->type_name(type);
}

CLI::Option* add_text(CLI::App& command, const std::string& name, std::optional<std::string>& target,
                      const std::string& type, const std::string& help) {
  return command.add_option(name, target, help)->type_name(type);
}

CLI::Option* add_choice(CLI::App& command, const std::string& name, std::string& target,
                        const std::vector<std::string>& choices, const std::string& type, const std::string& help) {
  return command.add_option(name, target, help)->check(CLI::IsMember(choices), "")->type_name(type);
}

CLI::Option* add_choice(CLI::App& command, const std::string& name, std::vector<std::string>& target,
                        const std::vector<std::string>& choices, const std::string& type, const std::string& help) {
  CLI::Option* option = command.add_option(name, target, help)->check(CLI::IsMember(choices), "");
  return option->allow_extra_args(false)->type_name(type);
}

CLI::Option* add_flag(CLI::App& command, const std::string& name, bool& target, const std::string& help) {
  return command.add_flag(name, target, help);
}

CLI::Option* add_taken(CLI::App& command, const std::string& name, TakeText take, const std::string& type,
                       const std::string& help) {
  const auto take_one = [name, take = std::move(take)](const std::string& text) {
    if (auto taken = take(text); !taken) throw CLI::ValidationError(name, taken.error());
  };
  return command.add_option_function<std::string>(name, take_one, help)->type_name(type);
}

CLI::Option* add_each_taken(CLI::App& command, const std::string& name, TakeText take, const std::string& type,
                            const std::string& help) {
  const auto take_all = [name, take = std::move(take)](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      if (auto taken = take(text); !taken) throw CLI::ValidationError(name, taken.error());
    }
  };
  CLI::Option* option = command.add_option_function<std::vector<std::string>>(name, take_all, help);
  return option->allow_extra_args(false)->type_name(type);
}

CLI::Option* add_duration(CLI::App& command, const std::string& name, Duration& target, Duration lowest,
                          const std::string& help) {
  const auto parse = [lowest](std::string_view text) -> std::expected<Duration, std::string> {
    auto duration = parse_duration(text);
    if (duration && *duration < lowest) return std::unexpected(fmt::format("'{}' is too short", text));
    return duration;
  };
  return add_parsed(command, name, target, parse, "TIME", help);
}

void require(CLI::Option* option) { option->required(); }
void hide(CLI::Option* option) { option->group(""); }
void need(CLI::Option* option, CLI::Option* other) { option->needs(other); }
void exclude(CLI::Option* option, CLI::Option* other) { option->excludes(other); }

}  // namespace exocast
