// SPDX-License-Identifier: Apache-2.0
#include "bench/gather_peers.h"

#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/process.h"
#include "tools/cli/terminal.h"

namespace exocast::bench {
namespace {

/// A single case of asyncio takes seconds.
constexpr Duration line_timeout = std::chrono::minutes(1);

Row row_of(const nlohmann::json& line, const OwnTimes& own) {
  Row row{.name = "peer: " + line.at("name").get<std::string>(),
          .n = line.at("n").get<std::size_t>(),
          .value = line.at("value").get<double>(),
          .unit = "ns/task"};
  if (const auto found = own.find({line.at("kind").get<std::string>(), row.n}); found != own.end()) {
    row.reference = found->second.name;
    row.reference_value = found->second.value;
  }
  return row;
}

void run_peer(const std::string& program, double seconds, const OwnTimes& own, Table& table) {
  auto process = Process::start(program, {fmt::format("{}", seconds)});
  if (!process) return complain(process.error());
  for (;;) {
    const std::string line = process->read_line_or_end(Deadline::after(Clock::now(), line_timeout));
    if (line.empty()) return;
    table.add(row_of(nlohmann::json::parse(line), own));
  }
}

}  // namespace

void bench_gather_peers(const std::filesystem::path& folder, double seconds, const OwnTimes& own, Table& table) {
  for (const char* name : {"go-gather", "tokio-gather", "asyncio-gather"}) {
    const std::filesystem::path program = folder / name;
    if (access(program.c_str(), X_OK) != 0) {
      complain(fmt::format("{} is not built (make bench-peers builds it), so it is left out", name));
      continue;
    }
    try {
      run_peer(program, seconds, own, table);
    } catch (const std::exception& error) {
      complain(fmt::format("{}: {}; the rest of it is left out", name, error.what()));
    }
  }
}

}  // namespace exocast::bench
