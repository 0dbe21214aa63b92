// SPDX-License-Identifier: Apache-2.0
#pragma once
// `exocast-bench gather`: the cost of one task of a gather, compared with a minimal coroutine queue. One thread; takes
// about 20 seconds, a minute with the peers, 2 seconds with `quick`.

#include <filesystem>

#include "bench/row.h"

namespace exocast::bench {

struct GatherBench {
  bool quick = false;                ///< small numbers and few rounds: a functional check, not a measurement; no peers
  std::filesystem::path peers = {};  ///< the folder of the peers' programs
};

/// Measures and adds the rows. Throws std::logic_error if a measured run computes wrong results.
void bench_gather(const GatherBench& options, Table& table);

}  // namespace exocast::bench
