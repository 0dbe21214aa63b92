// SPDX-License-Identifier: Apache-2.0
#pragma once
// Process: another process of a benchmark, spoken to in lines through its standard input and output.
//
// It is told to end by the end of its input, which also comes when this process dies; the destructor tells it so, waits
// and in the end kills it. Its standard error is ours.
// One thread. Lifetime: as its object.

#include <sys/types.h>

#include <expected>
#include <string>
#include <vector>

#include "exocast/gather/deadline.h"

namespace exocast::bench {

class Process {
 public:
  /// How long it gets to end after its input has ended.
  static constexpr Duration end_timeout = std::chrono::seconds(3);

  /// Starts `program` with `arguments`. The error is one printable line.
  static std::expected<Process, std::string> start(const std::string& program, std::vector<std::string> arguments);

  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  ~Process();

  /// Writes `line` and a line end; what does not arrive because the process has ended shows in read_line().
  void write_line(const std::string& line) const;

  /// The next line without its end. Throws std::runtime_error, naming the process, when it has ended or says nothing
  /// until `deadline`.
  std::string read_line(Deadline deadline);

  /// The same, but "" when it has ended. Its lines are never empty.
  std::string read_line_or_end(Deadline deadline);

  pid_t pid() const noexcept { return pid_; }

 private:
  Process(std::string name, pid_t pid, int socket) noexcept : name_(std::move(name)), pid_(pid), socket_(socket) {}

  std::string name_;
  pid_t pid_;
  int socket_;
  std::string read_;
};

/// The path of this program, for starting it again.
std::string this_program();

}  // namespace exocast::bench
