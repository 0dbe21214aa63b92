// SPDX-License-Identifier: Apache-2.0
#pragma once
// The receivers of `bench fanout`: one process on its own CPU, with three listening ports.
//
// `exo` is one ExoServer, and each connection to it counts as a receiver: a server per receiver would need a thousand
// threads and measure the same of the sender. It may delay its accepts. `native` is the same for native links, and
// `raw` acknowledges frames of raw TCP. The process has only one ExoServer, because gRPC has one epoll set per process,
// and traffic of one server would wake the threads of the others.

#include <cstdint>
#include <string>

#include "exocast/gather/deadline.h"

namespace exocast::bench {

struct ReceiverPorts {
  std::uint16_t exo = 0;
  std::uint16_t native = 0;
  std::uint16_t raw = 0;
};

/// Conversions to and from one line of JSON.
std::string to_line(const ReceiverPorts& ports);
ReceiverPorts receiver_ports_of(const std::string& line);

/// Prints the ports as one line, then serves until standard input ends. `exo` and `native` accept a message after
/// `delay`. Returns the exit status.
int serve_receivers(Duration delay);

}  // namespace exocast::bench
