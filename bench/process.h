// SPDX-License-Identifier: Apache-2.0
#pragma once
// Process: a process of a benchmark, controlled by lines on its standard input and output.
//
// The end of its input tells it to end, which also happens if this process dies. The destructor closes the input, waits
// and finally kills it. It shares our standard error. One thread.

#include <sys/types.h>

#include <expected>
#include <string>
#include <vector>

#include "exocast/gather/deadline.h"

namespace exocast::bench {

class Process {
 public:
  /// Time to end after the end of its input.
  static constexpr Duration end_timeout = std::chrono::seconds(3);

  /// Starts `program` with `arguments`. The error is one printable line.
  static std::expected<Process, std::string> start(const std::string& program, std::vector<std::string> arguments);

  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();

  /// Writes `line` and a line end. If the process has ended, read_line() reports it.
  void write_line(const std::string& line) const;

  /// The next line without its end. Throws std::runtime_error with the process's name if it has ended or prints nothing
  /// until `deadline`.
  std::string read_line(Deadline deadline);

  /// The same, but "" if it has ended. Its lines are never empty.
  std::string read_line_or_end(Deadline deadline);

  pid_t pid() const noexcept { return pid_; }

 private:
  Process(std::string name, pid_t pid, int socket) noexcept : name_(std::move(name)), pid_(pid), socket_(socket) {}

  std::string name_;
  pid_t pid_;
  int socket_;
  std::string read_;
};

/// The path of this program, to start it again.
std::string this_program();

}  // namespace exocast::bench
