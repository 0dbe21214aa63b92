// SPDX-License-Identifier: Apache-2.0
#pragma once
// MetricsFile: the numbers of a node in a file that is replaced as a whole every so often, in Prometheus' text format:
// for the textfile collector of node_exporter, or any program that reads files.
//
// The snapshot is made inside the loop; text is made of it and written by another thread, so that a slow disk holds up
// nothing. While one is being written no other is begun. Threading: inside the loop. Lifetime: the node outlives it;
// its destruction waits for what is being written.

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

/// --metrics FILE and --metrics-interval TIME, from 1 s on.
void add_metrics_options(CLI::App& command, MetricsFileOptions& options);

class MetricsFile {
 public:
  /// `node` was started with NodeOptions::metrics.
  MetricsFile(Node& node, MetricsFileOptions options);

  /// Writes it now, inside this call. The error is one printable line that names the option and the file.
  std::expected<void, std::string> write();

  /// Writes it again and again, until it is stopped; then it writes no more. What goes wrong is said on standard error
  /// when it begins, and counted.
  task<void> keep_writing();

 private:
  void write_soon();
  /// Waits for what is being written, if something is.
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
