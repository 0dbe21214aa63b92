// SPDX-License-Identifier: Apache-2.0
#pragma once
// The nodes of a demo: child processes of this same program, none of which outlives its parent, and their addresses.
// Threading: one thread, and one that lives as long as the process: the kernel kills the children when the thread that
// started them ends.

#include <sys/types.h>

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "exocast/asio_loop.h"
#include "exocast/ids.h"
#include "tools/exocast/demo/plan.h"

namespace exocast::demo {

/// The destructor ends all processes. If the parent is killed, the kernel kills them through their parent-death signal.
/// Each has its own process group, so Ctrl-C reaches only the parent, which then ends them in order.
class Children {
 public:
  /// Time to end after SIGTERM before SIGKILL: a node drains for up to a second.
  static constexpr Duration end_timeout = std::chrono::milliseconds(1500);

  Children() = default;
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children() { end(); }

  /// Starts this program with `arguments`. Returns a descriptor with its standard output and error. The error is one
  /// printable line.
  std::expected<int, std::string> start(const std::vector<std::string>& arguments);

  /// Stops the process (SIGSTOP): its sockets stay open, but it does not answer.
  void freeze(std::size_t index) const;

  /// Sends SIGTERM to all, waits, kills the rest. Returns once none is left.
  void end();

 private:
  struct Child {
    pid_t pid;
    int output_fd;
  };

  /// Removes processes that have ended, with waitpid's options `wait_options`; true if none is left.
  bool reap(int wait_options);

  std::vector<Child> children_;
};

/// For all nodes to start: they start one after another, in 10 to 50 ms each on two cores.
inline constexpr Duration start_timeout = std::chrono::seconds(4);

/// Starts a process for each node of `plan` ("n1", "n2", …), on ports of 127.0.0.1 that the system chooses. Returns
/// their ids and addresses, or one printable line of error; `children` has the started ones in any case.
task<std::expected<std::vector<Peer>, std::string>> start_nodes(AsioLoop& loop, const Plan& plan, Children& children);

}  // namespace exocast::demo
