// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/io/metrics_file.h"

#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "exocast/gather/wait.h"
#include "exocast/metrics.h"
#include "tools/cli/files.h"
#include "tools/cli/terminal.h"

namespace exocast {
namespace {

constexpr MetricName writes_total = {"metrics_file_writes_total", "Writes of the metrics file."};
constexpr MetricName failed_total = {"metrics_file_failed_total", "Failed writes of the metrics file."};
constexpr MetricName skipped_total = {"metrics_file_skipped_total", "Skipped writes of the metrics file."};

std::expected<void, std::string> write_to(const std::string& path, const std::vector<MetricFamily>& snapshot) {
  auto written = replace_file(path, to_prometheus(snapshot));
  if (!written) return std::unexpected("--metrics: " + written.error());
  return {};
}

}  // namespace

void add_metrics_options(CLI::App& command, MetricsFileOptions& options) {
  const auto parse = [](std::string_view text) -> std::expected<std::string, std::string> {
    if (text.empty()) return std::unexpected("a file is to be named");
    return std::string(text);
  };
  CLI::Option* file = add_parsed(command, "--metrics", options.path, parse, "FILE",
                                 "A file that is kept up to date with its numbers, for Prometheus");
  need(add_duration(command, "--metrics-interval", options.interval, std::chrono::seconds(1),
                    "How often the file is written, beside at the start and at the end (15s)"),
       file);
}

MetricsFile::MetricsFile(Node& node, MetricsFileOptions options)
    : options_(std::move(options)), metrics_(*node.metrics()) {
  own_.push_back(metrics_.counter(writes_total, {}, writes_total_));
  own_.push_back(metrics_.counter(failed_total, {}, failed_total_));
  own_.push_back(metrics_.counter(skipped_total, {}, skipped_total_));
}

std::expected<void, std::string> MetricsFile::write() {
  finish();
  ++writes_total_;
  return write_to(options_.path, metrics_.snapshot());
}

task<void> MetricsFile::keep_writing() {
  for (;;) {  // ends when it is stopped
    co_await sleep_for(options_.interval);
    if (writing_.valid() && writing_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      ++skipped_total_;
    } else {
      finish();
      write_soon();
    }
  }
}

void MetricsFile::write_soon() {
  ++writes_total_;
  try {
    writing_ = std::async(std::launch::async, write_to, options_.path, metrics_.snapshot());
  } catch (const std::system_error& no_thread) {
    std::promise<std::expected<void, std::string>> failed;
    failed.set_value(std::unexpected(fmt::format("--metrics: {}", no_thread.what())));
    writing_ = failed.get_future();
  }
}

void MetricsFile::finish() {
  if (!writing_.valid()) return;
  const auto written = writing_.get();
  if (!written) {
    ++failed_total_;
    if (!failing_) complain(written.error());
  }
  failing_ = !written;
}

}  // namespace exocast
