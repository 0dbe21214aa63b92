// SPDX-License-Identifier: Apache-2.0
#pragma once
// `exocast-bench isolation`: what slow, stopped and black-holed receivers cost the others. Eight receivers, processes
// of their own; how long a message takes to the healthy ones, from publishing to the answer, with 1, 2 and 4 of the
// others at fault, beside the same run a moment before, when all were healthy. Ours, and the same for ZeroMQ and NATS.
// One thread.

#include <filesystem>
#include <string>
#include <vector>

#include "bench/row.h"

namespace exocast::bench {

struct IsolationBench {
  std::vector<std::string> systems = {"native", "zeromq", "nats"};  ///< of isolation_systems()
  double seconds = 10;                                              ///< of each run
  std::size_t rounds = 1;         ///< of each pair of runs; the middle one by p99's ratio counts
  std::filesystem::path peers{};  ///< where `make bench-peers` put the programs to compare with
  bool saturate = false;          ///< as fast as it goes, instead of 1,000 messages a second
  bool quick = false;             ///< short runs, of one faulty receiver: shows that it works, not how fast
};

std::vector<std::string> isolation_systems();

/// Measures and adds the rows. Throws std::runtime_error if a process cannot be started or ends.
void bench_isolation(const IsolationBench& options, Table& table);

}  // namespace exocast::bench
