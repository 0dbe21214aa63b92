// SPDX-License-Identifier: Apache-2.0
#pragma once
// `exocast-bench gather`: what one task of a gather costs beside the least that any coroutine queue costs.
// One thread; takes about 20 seconds, a minute with the peers, 2 seconds with `quick`.

#include <filesystem>

#include "bench/row.h"

namespace exocast::bench {

struct GatherBench {
  bool quick = false;                ///< small numbers and few rounds: shows that it works, not how fast; no peers
  std::filesystem::path peers = {};  ///< the folder of the peers' programs
};

/// Measures and adds the rows. Throws std::logic_error if anything measured computes the wrong results.
void bench_gather(const GatherBench& options, Table& table);

}  // namespace exocast::bench
