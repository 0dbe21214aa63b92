// SPDX-License-Identifier: Apache-2.0
#pragma once
// The peers of `bench gather` in other languages: programs of bench/peers, built by `make bench-peers`. Each measures
// itself and prints JSON lines. A missing program is named on standard error and has no row. One thread.

#include <filesystem>
#include <map>
#include <string>

#include "bench/row.h"

namespace exocast::bench {

/// Our time in ns per task, by case ("gather" or "cancel") and number of tasks.
struct OwnTime {
  std::string name;  ///< of its row
  double value = 0;
};
using OwnTimes = std::map<std::pair<std::string, std::size_t>, OwnTime>;

/// Runs the peers in `folder`, each case for `seconds`, and adds their rows relative to `own`.
void bench_gather_peers(const std::filesystem::path& folder, double seconds, const OwnTimes& own, Table& table);

}  // namespace exocast::bench
