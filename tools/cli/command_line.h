// SPDX-License-Identifier: Apache-2.0
#pragma once
// The command line of a program with commands (exocast, exocast-bench), and the options of each command.
//
//   const auto run = [options](auto&) { return ask(*options); };
//   CLI::App& command = add_command(app, status, {"ask", "Ask all peers", help}, run);
//   add_duration(command, "--timeout", options->timeout, 1ms, "Timeout of the whole question (5s)");
//
// Keeps CLI11, which takes seconds to compile, out of the commands. One thread. Lifetime: option values live as long as
// the command line, best in a std::shared_ptr held by the command's function.

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/cli/parse.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the name of the library
class App;
class Option;
}  // namespace CLI

namespace exocast {

/// A program's command line.
struct Program {
  const char* name;
  const char* description;
  const char* footer;  ///< under --help: examples, and the exit statuses
  /// Adds the commands. Parsing runs the chosen one and stores its exit status (exit_status.h) in `status`.
  void (*add_commands)(CLI::App& app, int& status);
};

/// Runs the program and returns the exit status. A usage error is one line on standard error.
int run_program(const Program& program, int argc, const char* const* argv);

struct CommandHelp {
  const char* name;
  const char* description;
  const char* footer;
};

/// Adds a command. If it is chosen, `run` is called after its options are parsed; its exit status is stored in
/// `status`.
CLI::App& add_command(CLI::App& app, int& status, const CommandHelp& help, std::function<int(const CLI::App&)> run);

/// Whether the option `name` of `command` was given.
bool given(const CLI::App& command, const std::string& name);

/// A text option. A name without dashes is a positional argument. `type` is its placeholder in the help.
CLI::Option* add_text(CLI::App& command, const std::string& name, std::string& target, const std::string& type,
                      const std::string& help);
CLI::Option* add_text(CLI::App& command, const std::string& name, std::optional<std::string>& target,
                      const std::string& type, const std::string& help);

/// One of `choices`; for a list, one each time it is given.
CLI::Option* add_choice(CLI::App& command, const std::string& name, std::string& target,
                        const std::vector<std::string>& choices, const std::string& type, const std::string& help);
CLI::Option* add_choice(CLI::App& command, const std::string& name, std::vector<std::string>& target,
                        const std::vector<std::string>& choices, const std::string& type, const std::string& help);

CLI::Option* add_flag(CLI::App& command, const std::string& name, bool& target, const std::string& help);

/// Parses the text of an option; an error becomes the usage error.
using TakeText = std::function<std::expected<void, std::string>(std::string_view)>;
CLI::Option* add_taken(CLI::App& command, const std::string& name, TakeText take, const std::string& type,
                       const std::string& help);
/// The same for a repeatable option.
CLI::Option* add_each_taken(CLI::App& command, const std::string& name, TakeText take, const std::string& type,
                            const std::string& help);

/// An option whose text `parse` converts to `target` or to an error.
template <class T, class Parse>
CLI::Option* add_parsed(CLI::App& command, const std::string& name, T& target, Parse parse, const std::string& type,
                        const std::string& help) {
  const auto take = [&target, parse = std::move(parse)](std::string_view text) -> std::expected<void, std::string> {
    auto value = parse(text);
    if (!value) return std::unexpected(std::move(value.error()));
    target = *std::move(value);
    return {};
  };
  return add_taken(command, name, take, type, help);
}

/// A whole number in `lowest`..`highest`.
template <class T>
CLI::Option* add_count(CLI::App& command, const std::string& name, T& target, std::size_t lowest, std::size_t highest,
                       const std::string& help) {
  const auto parse = [=](std::string_view text) { return parse_count(text, lowest, highest); };
  return add_parsed(command, name, target, parse, "N", help);
}

/// A duration of `lowest` or more.
CLI::Option* add_duration(CLI::App& command, const std::string& name, Duration& target, Duration lowest,
                          const std::string& help);

void require(CLI::Option* option);
void hide(CLI::Option* option);
/// Makes the option an error without `other`, or together with it.
void need(CLI::Option* option, CLI::Option* other);
void exclude(CLI::Option* option, CLI::Option* other);

}  // namespace exocast
