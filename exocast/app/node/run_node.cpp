// SPDX-License-Identifier: Apache-2.0
#include "exocast/app/node/run_node.h"

#include <unistd.h>

#include <csignal>
#include <memory>
#include <ranges>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "exocast/app/cli/exit_status.h"
#include "exocast/app/cli/terminal.h"
#include "exocast/app/io/line_writer.h"
#include "exocast/app/node/event_lines.h"
#include "exocast/gather/gather.h"
#include "exocast/node/control/control_server.h"
#include "exocast/runtime/signals.h"

namespace exocast {
namespace {

using Ended = std::expected<void, std::string>;

/// A node that prints.
class PrintingNode {
 public:
  PrintingNode(Node& node, bool json)
      : node_(node), events_(node.id(), json), subscription_(node.inbox().subscribe("standard output")) {}

  /// Runs until a signal comes (ok) or nothing can be printed any more.
  task<Ended> run() {
    const PeerAddress address = *node_.address();
    if (auto printed = co_await output_.write(events_.listening(address, node_.native_address())); !printed)
      co_return printed;
    Scope& scope = *(co_await this_context()).scope;
    scope.spawn(stop_on_signal());
    const auto print = [this](int) { return print_messages(); };
    const auto gathered = co_await gather(std::views::single(0), print, {.stop = &stop_});
    if (const std::string* error = gathered.outcomes.front().error()) co_return std::unexpected(*error);
    co_return co_await output_.write(events_.stopped(node_.inbox().metrics()));
  }

 private:
  task<void> stop_on_signal() {
    co_await signals_.next();
    stop_.request();
  }

  task<Ended> print_messages() {
    for (;;) {
      const Message message = co_await subscription_->next();
      if (auto printed = co_await output_.write(events_.message(message)); !printed) co_return printed;
    }
  }

  Node& node_;
  EventLines events_;
  std::unique_ptr<Inbox::Subscription> subscription_;
  LineWriter output_{node_.loop(), STDOUT_FILENO};
  Signals signals_{node_.loop(), {SIGINT, SIGTERM, SIGHUP}};
  StopSource stop_;
};

}  // namespace

int run_node(NodeOptions options, bool json, bool control) {
  auto node = Node::start(std::move(options));
  if (!node) {
    complain(node.error());
    return exit_error;
  }
  std::unique_ptr<ControlServer> server;
  if (control) {
    auto started = ControlServer::start(**node);
    if (!started) {
      complain(started.error());
      return exit_error;
    }
    server = *std::move(started);
  }
  PrintingNode printing(**node, json);
  const auto ended = (*node)->loop().run(printing.run());
  if (ended.exception()) std::rethrow_exception(ended.exception());
  if (ended.error() == nullptr) return exit_satisfied;
  complain("standard output: " + *ended.error());
  return exit_error;
}

}  // namespace exocast
