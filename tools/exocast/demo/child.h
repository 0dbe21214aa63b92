// SPDX-License-Identifier: Apache-2.0
#pragma once
// Children: processes of this same program, that none may outlive their parent.
//
// The destructor ends them all, on every way out of a scope. Should the parent itself be killed, the kernel kills them:
// they are started with a parent-death signal. They are a process group of their own each, so that a Ctrl-C reaches the
// parent alone, which then ends them in order. Threading: one thread, which must be the one that lives longest (the
// kernel watches the thread that started a child).

#include <sys/types.h>

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "exocast/gather/deadline.h"

namespace exocast::demo {

struct Child {
  pid_t pid = -1;
  int output_fd = -1;  ///< reads what it prints, to standard output and error
};

class Children {
 public:
  /// How long they get to end by themselves before they are killed: a node drains for a second at most.
  static constexpr Duration end_timeout = std::chrono::milliseconds(1500);

  Children() = default;
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children() { end(); }

  /// Starts this program with `arguments`. The error is one printable line.
  std::expected<Child, std::string> start(const std::vector<std::string>& arguments);

  /// Stops the process where it is (SIGSTOP): its sockets stay open, it does not answer any more.
  void freeze(std::size_t index) const;

  /// Asks all to end (SIGTERM), waits, kills those that do not; returns once none is left.
  void end();

  std::size_t size() const noexcept { return children_.size(); }
  const Child& operator[](std::size_t index) const { return children_.at(index); }

 private:
  /// Forgets those that have ended, waiting for each or not as waitpid's options say; true if none is left.
  bool reap(int wait_options);

  std::vector<Child> children_;
};

}  // namespace exocast::demo
