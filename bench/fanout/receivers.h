// SPDX-License-Identifier: Apache-2.0
#pragma once
// The receivers of `bench fanout`: a process on a CPU of its own, with three listening ports.
//
// `exo` is an ExoServer: it is a receiver for each connection that is made to it, because a server for each would be a
// thousand threads and say nothing more of the sender. It may take a while to accept a message. `native` is the same
// for native links, and `raw` acknowledges frames of raw TCP. There is no second ExoServer in the process: gRPC has one
// epoll set for all of a process, and what comes for one server wakes the threads of the others.

#include <cstdint>
#include <string>

#include "exocast/gather/deadline.h"

namespace exocast::bench {

struct ReceiverPorts {
  std::uint16_t exo = 0;
  std::uint16_t native = 0;
  std::uint16_t raw = 0;
};

/// As one line of JSON, and back.
std::string to_line(const ReceiverPorts& ports);
ReceiverPorts receiver_ports_of(const std::string& line);

/// Serves until standard input ends, after printing the ports as one line. `exo` and `native` accept a
/// message after `delay`.
/// Returns the exit status.
int serve_receivers(Duration delay);

}  // namespace exocast::bench
