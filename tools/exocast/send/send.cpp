// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/send/send.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "exocast/gather/gather.h"
#include "exocast/node.h"
#include "report/report_table.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/files.h"
#include "tools/cli/interruption.h"
#include "tools/cli/progress_line.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/local/local_node.h"
#include "tools/exocast/send/message_lines.h"
#include "tools/exocast/send/outlet.h"
#include "tools/exocast/send/shortfall.h"

namespace exocast {
namespace {

/// One run of the command.
class Sending {
 public:
  /// `metrics`, which may be null, and all others outlive it.
  Sending(AsioLoop& loop, Outlet& outlet, MetricsFile* metrics, const SendOptions& options)
      : loop_(loop), outlet_(outlet), metrics_(metrics), options_(options), interruption_(loop) {}

  /// Everything, to its end, to the first error of this machine, or to the first interruption.
  task<void> run() {
    Scope& scope = *(co_await this_context()).scope;
    write_metrics();
    if (error_) co_return;
    scope.spawn(interruption_.heed());
    scope.spawn(progress_.show());
    if (metrics_) scope.spawn(metrics_->keep_writing());
    if (options_.message) {
      co_await send(*options_.message);
    } else {
      co_await send_lines();
    }
    write_metrics();
  }

  /// Says on standard error what went wrong; the exit status.
  int conclude() const {
    if (error_) {
      complain(*error_);
      return exit_error;
    }
    if (!shortfall_.empty()) complain(shortfall_);
    return shortfall_.empty() ? exit_satisfied : exit_unsatisfied;
  }

 private:
  task<void> send(Message message) {
    const auto report = co_await outlet_.send(std::move(message), interruption_.stop(), progress_);
    progress_.end();
    if (!report) {
      error_ = where() + report.error();
      co_return;
    }
    show(*report);
    ++broadcasts_;
    if (report->satisfied) co_return;
    ++unsatisfied_;
    if (!shortfall_.empty()) co_return;
    shortfall_ = where() + (interruption_.requested() ? unfinished(*report) : exocast::shortfall(*report));
  }

  task<void> send_lines() {
    MessageLines lines(loop_, STDIN_FILENO, "standard input", options_.lines, ExoClientOptions().message_bytes_max);
    while (!error_ && !interruption_.requested()) {
      auto outcome = co_await with_stop(lines.next(), interruption_.stop());
      if (const std::string* error = outcome.error()) error_ = *error;
      if (!outcome.ok() || !outcome->has_value()) break;
      line_number_ = lines.line_number();
      co_await send(*std::move(outcome).value());
    }
    if (unsatisfied_ > 1)
      shortfall_ = fmt::format("{} of {} messages fell short; first {}", unsatisfied_, broadcasts_, shortfall_);
  }

  void write_metrics() {
    if (metrics_ == nullptr) return;
    if (auto written = metrics_->write(); !written && !error_) error_ = written.error();
  }

  void show(const Report& report) {
    const Terminal out = terminal_at(STDOUT_FILENO);
    std::string text;
    if (options_.json) {
      text = to_json(report).dump() + '\n';
    } else if (options_.message) {
      text = to_table(report, {.colour = out.colour, .width = out.width});
    } else {
      text = where() + to_summary(report) + '\n';
    }
    if (auto printed = print(text); !printed) error_ = std::move(printed.error());
  }

  /// "line 3: ", for one of many.
  std::string where() const { return options_.message ? "" : fmt::format("line {}: ", line_number_); }

  AsioLoop& loop_;
  Outlet& outlet_;
  MetricsFile* metrics_;
  const SendOptions& options_;
  Interruption interruption_;
  ProgressLine progress_{terminal_at(STDERR_FILENO)};

  std::size_t line_number_ = 0;
  std::size_t broadcasts_ = 0;
  std::size_t unsatisfied_ = 0;
  std::string shortfall_;             // of the first broadcast whose policy was not satisfied
  std::optional<std::string> error_;  // of this machine
};

/// A broadcaster's own bound must not be lower than what the user allows for each broadcast.
BroadcasterOptions broadcaster_options(const SendOptions& options) {
  BroadcasterOptions broadcaster;
  broadcaster.limits.active = std::max(broadcaster.limits.active.count(), options.limit);
  return broadcaster;
}

int run(AsioLoop& loop, Outlet& outlet, MetricsFile* metrics, const SendOptions& options) {
  Sending sending(loop, outlet, metrics, options);
  const auto ended = loop.run(sending.run());
  if (ended.exception()) std::rethrow_exception(ended.exception());
  return sending.conclude();
}

int run_with_own_links(const SendOptions& options) {
  auto node = Node::start({.id = "exocast send",
                           .peers = options.peers,
                           .links = {.native = options.native && !options.gzip, .client = {.gzip = options.gzip}},
                           .broadcaster = broadcaster_options(options),
                           .metrics = !options.metrics.path.empty()});
  if (!node) {
    complain(node.error());
    return exit_error;
  }
  OwnOutlet outlet(**node, options);
  std::optional<MetricsFile> metrics;
  if (!options.metrics.path.empty()) metrics.emplace(**node, options.metrics);
  return run((*node)->loop(), outlet, metrics ? &*metrics : nullptr, options);
}

int run_through_local_node(const SendOptions& options) {
  AsioLoop loop;
  auto node = LocalNode::find(loop, options.node, or_name_peers);
  if (!node) {
    complain(node.error());
    return exit_error;
  }
  LocalOutlet outlet(*node, options);
  return run(loop, outlet, nullptr, options);
}

}  // namespace

int run_send(const SendOptions& options) {
  return options.peers.empty() ? run_through_local_node(options) : run_with_own_links(options);
}

}  // namespace exocast
