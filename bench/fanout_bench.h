// SPDX-License-Identifier: Apache-2.0
#pragma once
// `exocast-bench fanout`: what one message to many receivers costs over gRPC, beside what a hand-written loop costs,
// what raw TCP costs and what other systems cost; with slow receivers; and when many broadcasts are wanted at once.
//
// Receivers run in one process on one CPU, each sender in its own on another (where there are two); they take turns.
// One thread.

#include <cstddef>
#include <filesystem>
#include <vector>

#include "bench/row.h"

namespace exocast::bench {

struct FanoutBench {
  std::vector<std::size_t> receivers = {8, 64, 256, 1000};
  double seconds = 1.5;  ///< for the comparison of ours with the hand-written loop; the others take a part of it
  std::filesystem::path peers{};  ///< where `make bench-peers` put the programs to compare with
  bool quick = false;             ///< small numbers and few rounds: shows that it works, not how fast
};

/// Measures and adds the rows. Throws std::runtime_error if a process cannot be started or a delivery fails.
void bench_fanout(const FanoutBench& options, Table& table);

}  // namespace exocast::bench
