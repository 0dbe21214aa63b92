// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `exocast node` does: serves in the foreground and prints what arrives, until a signal ends it.

#include "exocast/app/io/metrics_file.h"
#include "exocast/node/node.h"

namespace exocast {

/// Runs a node and returns the exit status: 0 once SIGINT, SIGTERM or SIGHUP has ended it. Prints, as text or as `json`
/// lines: that it listens and where (at once), each message as it comes, and at the end what it has accepted and
/// refused. Keeps the metrics file, if one is wanted, up to date. Unless `control` is false, the user's other commands
/// can use it through its control socket meanwhile.
int run_node(NodeOptions options, const MetricsFileOptions& metrics, bool json, bool control);

}  // namespace exocast
