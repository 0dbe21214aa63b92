// SPDX-License-Identifier: Apache-2.0
#pragma once
// `exocast-bench stream`: tokens from one sender to eight receivers in their own processes: unpaced; paced; with a
// receiver that is stopped for a while; and the memory behind one that stays stopped. The receivers check the order.
// Compared with exo's way: Python's grpc.aio and one task per token. One thread.

#include <filesystem>

#include "bench/row.h"

namespace exocast::bench {

struct StreamBench {
  double seconds = 10;            ///< of each part; six times as long behind a receiver that stays stopped
  std::filesystem::path peers{};  ///< the output folder of `make bench-peers`
  bool quick = false;             ///< a short time and few tokens: a functional check, not a measurement
};

/// Measures and adds the rows. Throws std::runtime_error if a process fails to start or ends.
void bench_stream(const StreamBench& options, Table& table);

}  // namespace exocast::bench
