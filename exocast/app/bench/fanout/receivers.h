// SPDX-License-Identifier: Apache-2.0
#pragma once
// The receivers of `bench fanout`: one process on a CPU of its own, with three listening ports.
//
// `prompt` and `slow` are an ExoServer each: it is a receiver for each connection that is made to it, because a server
// for each would be a thousand threads and say nothing more of the sender. `slow` takes a while to accept a message.
// `raw` acknowledges frames of raw TCP.

#include <cstdint>
#include <string>

#include "exocast/gather/deadline.h"

namespace exocast::bench {

struct ReceiverPorts {
  std::uint16_t prompt = 0;
  std::uint16_t slow = 0;
  std::uint16_t raw = 0;
};

/// As one line of JSON, and back.
std::string to_line(const ReceiverPorts& ports);
ReceiverPorts receiver_ports_of(const std::string& line);

/// Serves until standard input ends, after printing the ports as one line. `slow` takes `delay`. Returns the exit
/// status.
int serve_receivers(Duration delay);

}  // namespace exocast::bench
