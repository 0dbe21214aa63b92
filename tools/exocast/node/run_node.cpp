// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/node/run_node.h"

#include <unistd.h>

#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "control/control_server.h"
#include "exocast/gather/gather.h"
#include "exocast/signals.h"
#include "node/control_commands.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/io/line_writer.h"
#include "tools/exocast/node/event_lines.h"

namespace exocast {
namespace {

using Ended = std::expected<void, std::string>;

constexpr Duration goodbye_timeout = std::chrono::milliseconds(500);

/// A node that prints.
class PrintingNode {
 public:
  PrintingNode(Node& node, const MetricsFileOptions& metrics, bool json)
      : node_(node), events_(node.id(), json), subscription_(node.inbox().subscribe("standard output")) {
    if (!metrics.path.empty()) metrics_.emplace(node, metrics);
  }

  /// Runs until a signal comes (ok) or something can be written no more.
  task<Ended> run() {
    if (auto written = write_metrics(); !written) co_return written;
    if (auto printed = co_await print(events_.listening(*node_.address(), node_.native_address())); !printed)
      co_return printed;
    Scope& scope = *(co_await this_context()).scope;
    scope.spawn(stop_on_signal());
    if (metrics_) scope.spawn(metrics_->keep_writing());
    const auto printed = co_await with_stop(print_messages(), stop_);
    if (const std::string* error = printed.error()) co_return std::unexpected(*error);
    co_await node_.leave(Deadline::after(node_.loop().now(), goodbye_timeout));
    if (auto written = write_metrics(); !written) co_return written;
    co_return co_await print(events_.stopped(node_.inbox().metrics()));
  }

 private:
  task<void> stop_on_signal() {
    co_await signals_.next();
    stop_.request();
  }

  task<Ended> print_messages() {
    for (;;) {
      const Message message = co_await subscription_->next();
      if (auto printed = co_await print(events_.message(message)); !printed) co_return printed;
    }
  }

  task<Ended> print(std::string text) {
    auto printed = co_await output_.write(text);
    if (!printed) co_return std::unexpected("standard output: " + printed.error());
    co_return {};
  }

  Ended write_metrics() { return metrics_ ? metrics_->write() : Ended(); }

  Node& node_;
  EventLines events_;
  std::unique_ptr<Inbox::Subscription> subscription_;
  std::optional<MetricsFile> metrics_;
  LineWriter output_{node_.loop(), STDOUT_FILENO};
  Signals signals_{node_.loop(), {SIGINT, SIGTERM, SIGHUP}};
  StopSource stop_;
};

std::expected<std::unique_ptr<Node>, std::string> start(NodeOptions options, bool any_port) {
  auto node = Node::start(options);
  if (node || !any_port) return node;
  options.listen->port = 0;
  return Node::start(std::move(options));
}

}  // namespace

int run_node(NodeOptions options, RunNodeOptions run) {
  options.metrics = !run.metrics.path.empty();
  if (options.cluster) options.cluster->on_trouble = [](std::string_view line) { complain(std::string(line)); };
  auto node = start(std::move(options), run.any_port);
  if (!node) {
    complain(node.error());
    return exit_error;
  }
  std::optional<ControlServer> control;
  if (run.control != nullptr) control.emplace((*node)->loop(), control_commands(**node), std::move(run.control));
  AsioLoop& loop = (*node)->loop();
  std::optional<PrintingNode> printing;
  {
    const auto inside = loop.enter();  // messages may come already
    printing.emplace(**node, run.metrics, run.json);
  }
  const auto ended = loop.run(printing->run());
  {
    const auto inside = loop.enter();
    printing.reset();
  }
  if (ended.exception()) std::rethrow_exception(ended.exception());
  if (ended.error() == nullptr) return exit_satisfied;
  complain(*ended.error());
  return exit_error;
}

}  // namespace exocast
