// SPDX-License-Identifier: Apache-2.0
#pragma once
// `exocast-bench isolation`: the effect of slow, stopped and black-holed receivers on the others. Eight receivers in
// processes of their own. Measures the latency of the healthy ones, from publishing to the answer, with 1, 2 and 4
// others at fault, against the same run a moment earlier with all healthy. For exocast, ZeroMQ, NATS, redis and
// mosquitto. One thread.

#include <filesystem>
#include <string>
#include <vector>

#include "bench/row.h"

namespace exocast::bench {

struct IsolationBench {
  /// Of isolation_systems(); empty: all of them if unpaced, else native, zeromq and nats.
  std::vector<std::string> systems{};
  double seconds = 10;            ///< of each run
  std::size_t rounds = 1;         ///< pairs of runs; the median by p99's ratio counts, if unpaced by throughput's
  std::filesystem::path peers{};  ///< the output folder of `make bench-peers`
  bool saturate = false;          ///< unpaced, instead of 1,000 messages a second
  bool quick = false;             ///< short runs with one faulty receiver: a functional check, not a measurement
};

std::vector<std::string> isolation_systems();

/// Measures and adds the rows. Throws std::runtime_error if a process fails to start or ends.
void bench_isolation(const IsolationBench& options, Table& table);

}  // namespace exocast::bench
