// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a node does for each request on its control socket. Each says zero or more events and then how it ended, in the
// lines of docs/control.md, and ends early once `stop` is requested.
// control_commands.cpp has what concerns the node itself, and sending; cluster_commands.cpp what is asked of its peers.
// Threading: inside the node's loop. Lifetime: node, talk and stop outlive the task.

#include "control/control_request.h"
#include "control/control_talk.h"
#include "exocast/node.h"

namespace exocast {

/// What a command works with.
struct Commanded {
  Node& node;
  ControlTalk& talk;
  StopSource& stop;
};

/// Why there is nobody to `do_what` to, or fewer than the quorum; nothing if there are enough.
std::optional<std::string> too_few_peers(Node& node, std::string_view do_what, std::optional<std::size_t> quorum);

task<void> command(Commanded on, InfoRequest info);
task<void> command(Commanded on, PeersRequest peers);
task<void> command(Commanded on, TopologyRequest topology);
task<void> command(Commanded on, AskRequest ask);
task<void> command(Commanded on, WatchRequest watch);
task<void> command(Commanded on, SendRequest send);
task<void> command(Commanded on, CancelRequest cancel);

}  // namespace exocast
