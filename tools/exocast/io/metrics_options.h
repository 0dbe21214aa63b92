// SPDX-License-Identifier: Apache-2.0
#pragma once
// The options of commands that write a MetricsFile.

#include "tools/cli/options.h"
#include "tools/exocast/io/metrics_file.h"

namespace exocast {

/// --metrics FILE and --metrics-interval TIME, from 1 s on.
inline void add_metrics_options(CLI::App& command, MetricsFileOptions& options) {
  const auto parse = [](std::string_view text) -> std::expected<std::string, std::string> {
    if (text.empty()) return std::unexpected("a file is to be named");
    return std::string(text);
  };
  CLI::Option* file = add_parsed(command, "--metrics", options.path, parse,
                                 "A file that is kept up to date with its numbers, for Prometheus")
                          ->type_name("FILE");
  add_duration(command, "--metrics-interval", options.interval, std::chrono::seconds(1),
               "How often the file is written, beside at the start and at the end (15s)")
      ->needs(file);
}

}  // namespace exocast
