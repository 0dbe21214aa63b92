// SPDX-License-Identifier: Apache-2.0
#pragma once
// The nodes of a demo: processes of this same program, that none may outlive their parent, and where they listen.
// Threading: one thread, which must be the one that lives longest: the kernel watches the thread that started a child.

#include <sys/types.h>

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "exocast/asio_loop.h"
#include "exocast/ids.h"
#include "tools/exocast/demo/plan.h"

namespace exocast::demo {

/// The destructor ends all processes, on every way out of a scope. Should the parent itself be killed, the kernel kills
/// them: they are started with a parent-death signal. They are a process group of their own each, so that a Ctrl-C
/// reaches the parent alone, which then ends them in order.
class Children {
 public:
  /// How long they get to end by themselves before they are killed: a node drains for a second at most.
  static constexpr Duration end_timeout = std::chrono::milliseconds(1500);

  Children() = default;
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children() { end(); }

  /// Starts this program with `arguments`; reads what it prints, to standard output and error, from the descriptor that
  /// it returns. The error is one printable line.
  std::expected<int, std::string> start(const std::vector<std::string>& arguments);

  /// Stops the process where it is (SIGSTOP): its sockets stay open, it does not answer any more.
  void freeze(std::size_t index) const;

  /// Asks all to end (SIGTERM), waits, kills those that do not; returns once none is left.
  void end();

 private:
  struct Child {
    pid_t pid;
    int output_fd;
  };

  /// Forgets those that have ended, waiting for each or not as waitpid's options say; true if none is left.
  bool reap(int wait_options);

  std::vector<Child> children_;
};

/// How long all of them may take to start: processes are started one after another, in 10 to 50 ms each on two cores.
inline constexpr Duration start_timeout = std::chrono::seconds(4);

/// A process for each node of `plan` ("n1", "n2", …), on ports of 127.0.0.1 that the system chooses. Their ids and
/// addresses, or one printable line on what went wrong. Those that were started are in `children` in any case.
task<std::expected<std::vector<Peer>, std::string>> start_nodes(AsioLoop& loop, const Plan& plan, Children& children);

}  // namespace exocast::demo
