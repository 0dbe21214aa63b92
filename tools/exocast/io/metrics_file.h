// SPDX-License-Identifier: Apache-2.0
#pragma once
// MetricsFile: replaces a file with a node's metrics at an interval, in Prometheus' text format, for the textfile
// collector of node_exporter or any other reader.
//
// The snapshot is taken inside the loop. Another thread formats and writes it, so a slow disk delays nothing; an
// interval is skipped while the previous write is in progress. Threading: inside the loop. Lifetime: the node outlives
// it; the destructor waits for the write in progress.

#include <cstdint>
#include <expected>
#include <future>
#include <string>

#include "exocast/metrics.h"
#include "exocast/node.h"
#include "tools/cli/command_line.h"

namespace exocast {

struct MetricsFileOptions {
  std::string path;  ///< "": none
  Duration interval = std::chrono::seconds(15);
};

/// Adds --metrics FILE and --metrics-interval TIME (at least 1 s).
void add_metrics_options(CLI::App& command, MetricsFileOptions& options);

class MetricsFile {
 public:
  /// `node` must have been started with NodeOptions::metrics.
  MetricsFile(Node& node, MetricsFileOptions options);

  /// Writes the file before it returns. The error is one printable line that names the option and the file.
  std::expected<void, std::string> write();

  /// Writes the file at each interval until it is stopped. Failures are counted; the first of a series is printed on
  /// standard error.
  task<void> keep_writing();

 private:
  void write_soon();
  /// Waits for the write in progress, if any.
  void finish();

  MetricsFileOptions options_;
  Metrics& metrics_;
  std::future<std::expected<void, std::string>> writing_;
  bool failing_ = false;
  std::uint64_t writes_total_ = 0;
  std::uint64_t failed_total_ = 0;
  std::uint64_t skipped_total_ = 0;
  std::vector<Metrics::Registration> own_;
};

}  // namespace exocast
