// SPDX-License-Identifier: Apache-2.0
#pragma once
// The peers of `bench gather` in other languages: programs of bench/peers, built by `make bench-peers`, each of which
// measures itself and says so in JSON lines. One that is not there is named on standard error and has no row.
// One thread.

#include <filesystem>
#include <map>
#include <string>

#include "bench/row.h"

namespace exocast::bench {

/// What ours took, in ns a task: by what is measured ("gather" or "cancel") and the number of tasks.
struct OwnTime {
  std::string name;  ///< of its row
  double value = 0;
};
using OwnTimes = std::map<std::pair<std::string, std::size_t>, OwnTime>;

/// Runs the peers found in `folder`, each case for `seconds`, and adds their rows, compared with `own`.
void bench_gather_peers(const std::filesystem::path& folder, double seconds, const OwnTimes& own, Table& table);

}  // namespace exocast::bench
