// SPDX-License-Identifier: Apache-2.0
#pragma once
// The command line of a peer program, sender or receiver: the same options for all of them, see bench/peers/README.md.

#include <cstddef>
#include <cstdint>

namespace exocast::bench {

struct PeerArguments {
  std::uint16_t port = 0;     ///< whom to connect to; not used by whoever listens
  std::size_t receivers = 1;  ///< of a sender: how many there are; of a receiver process: how many it plays
  std::size_t first = 0;      ///< the number of the first that a receiver process plays
  int cpu = -1;               ///< which of the CPUs that it may use; -1: any
};

/// Reads the command line, and prepares the process: CPU, descriptors, the end of its parent. Throws
/// std::invalid_argument on what it does not know.
PeerArguments begin_peer(int count, char** arguments);

}  // namespace exocast::bench
