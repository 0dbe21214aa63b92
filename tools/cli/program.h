// SPDX-License-Identifier: Apache-2.0
#pragma once
// Runs a program whose command line is a list of commands: exocast, exocast-bench.

namespace CLI {  // NOLINT(readability-identifier-naming): the name of the library
class App;
}

namespace exocast {

/// A program's command line.
struct Program {
  const char* name;
  const char* description;
  const char* footer;  ///< under --help: examples, and what the exit status means
  /// Adds the commands. When one is chosen, parsing runs it and its exit status (exit_status.h) is put into `status`.
  void (*add_commands)(CLI::App& app, int& status);
};

/// Does what the arguments say and returns the exit status. An error of usage is one line on standard error.
int run_program(const Program& program, int argc, const char* const* argv);

}  // namespace exocast
