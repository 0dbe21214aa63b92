// SPDX-License-Identifier: Apache-2.0
#pragma once
// `exocast-bench fanout`: the cost of one message to many receivers over gRPC, compared with a hand-written loop, raw
// TCP and other systems; with slow receivers; and for many concurrent broadcasts.
//
// Receivers run in one process on one CPU, each sender in its own on another (if there are two); senders take turns.
// One thread.

#include <cstddef>
#include <filesystem>
#include <vector>

#include "bench/row.h"

namespace exocast::bench {

struct FanoutBench {
  std::vector<std::size_t> receivers = {8, 64, 256, 1000};
  double seconds = 1.5;           ///< for the comparison with the hand-written loop; the others take a part of it
  std::filesystem::path peers{};  ///< the output folder of `make bench-peers`
  bool quick = false;             ///< small numbers and few rounds: a functional check, not a measurement
};

/// Measures and adds the rows. Throws std::runtime_error if a process fails to start or a delivery fails.
void bench_fanout(const FanoutBench& options, Table& table);

}  // namespace exocast::bench
