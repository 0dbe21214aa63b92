// SPDX-License-Identifier: Apache-2.0
#pragma once
// `exocast-bench stream`: tokens from one sender to eight receivers, all processes of their own: as fast as it goes;
// paced; with a receiver that is stopped for a while; and the memory behind one that stays stopped. The receivers check
// the order. Beside what exo does: Python's grpc.aio and a task a token. One thread.

#include <filesystem>

#include "bench/row.h"

namespace exocast::bench {

struct StreamBench {
  double seconds = 10;            ///< of each part; behind a receiver that stays stopped six times as long
  std::filesystem::path peers{};  ///< where `make bench-peers` put the programs to compare with
  bool quick = false;             ///< a short time and few tokens: shows that it works, not how fast
};

/// Measures and adds the rows. Throws std::runtime_error if a process cannot be started or ends.
void bench_stream(const StreamBench& options, Table& table);

}  // namespace exocast::bench
