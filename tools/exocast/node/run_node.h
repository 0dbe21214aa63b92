// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `exocast node` does: serves in the foreground and prints what arrives, until a signal ends it.

#include <memory>

#include "control/control_listener.h"
#include "exocast/node.h"
#include "tools/exocast/io/metrics_file.h"

namespace exocast {

struct RunNodeOptions {
  MetricsFileOptions metrics;  ///< kept up to date, if wanted
  /// Claimed for the node's id: other commands of the user can use it meanwhile. Null: none can.
  std::unique_ptr<ControlListener> control;
  /// If it cannot listen where it is to, it does on any free port of the same host.
  bool any_port = false;
  bool json = false;
};

/// Runs a node and returns the exit status: 0 once SIGINT, SIGTERM or SIGHUP has ended it. Prints, as text or as `json`
/// lines: that it listens and where (at once), each message as it comes, and at the end what it has accepted and
/// refused.
int run_node(NodeOptions options, RunNodeOptions run);

}  // namespace exocast
