// SPDX-License-Identifier: Apache-2.0
#pragma once
// How a node executes the requests of its control socket. Each command writes zero or more events and then its end, in
// the lines of docs/control.md, and ends early once `stop` is requested.
// control_commands.cpp has the commands about the node itself; watch_command.cpp watching; send_commands.cpp sending;
// cluster_commands.cpp those that query its peers. Threading: inside the node's loop. Lifetime: node, talk, ahead and
// stop outlive the task.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "control/control_handler.h"
#include "control/control_queue.h"
#include "control/control_request.h"
#include "control/control_talk.h"
#include "exocast/node.h"

namespace exocast {

/// Executes requests on `node`, which outlives it.
ControlHandler control_commands(Node& node);

/// The arguments of every command.
struct CommandContext {
  Node& node;
  ControlTalk& talk;
  ControlQueue& ahead;
  StopSource& stop;
};

/// The error if `node` has no peers to `do_what` to, or fewer than the quorum; nothing if there are enough.
std::optional<std::string> too_few_peers(Node& node, std::string_view do_what, std::optional<std::size_t> quorum);

task<void> command(CommandContext on, InfoRequest info);
task<void> command(CommandContext on, PeersRequest peers);
task<void> command(CommandContext on, TopologyRequest topology);
task<void> command(CommandContext on, AskRequest ask);
task<void> command(CommandContext on, WatchRequest watch);
task<void> command(CommandContext on, SendRequest send);
task<void> command(CommandContext on, CancelRequest cancel);

}  // namespace exocast
