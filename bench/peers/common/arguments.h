// SPDX-License-Identifier: Apache-2.0
#pragma once
// The command line of a peer program, sender or receiver: all have the same options, see bench/peers/README.md.

#include <cstddef>
#include <cstdint>

namespace exocast::bench {

struct PeerArguments {
  std::uint16_t port = 0;     ///< to connect to; unused by the side that listens
  std::size_t receivers = 1;  ///< of a sender: the number of receivers; of a receiver process: how many it simulates
  std::size_t first = 0;      ///< the number of the first receiver in this process
  int cpu = -1;               ///< an index of the CPUs that it may use; -1: any
};

/// Parses the command line and prepares the process: CPU, descriptor limit, end with its parent. Throws
/// std::invalid_argument for unknown options.
PeerArguments begin_peer(int count, char** arguments);

}  // namespace exocast::bench
