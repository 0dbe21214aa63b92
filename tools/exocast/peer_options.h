// SPDX-License-Identifier: Apache-2.0
#pragma once
// The options that choose peers: --peers FILE and --peer ID=HOST:PORT; and --node ID for commands that otherwise use
// the local node. One thread.

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "exocast/ids.h"
#include "tools/cli/command_line.h"

namespace exocast {

struct PeerOptions {
  std::string file;
  std::vector<Peer> peers;          ///< from --peer; complete() adds the file's; empty: use the local node's peers
  std::optional<std::string> node;  ///< which local node; nothing: see LocalNode::find()
};

/// Adds all three options to `command`; `options` lives as long as it.
void add_peer_options(CLI::App& command, PeerOptions& options);

/// Adds --node alone.
void add_node_option(CLI::App& command, std::optional<std::string>& node);

/// Inserts the peers of the file before the others. The error is one printable line: the file is invalid or empty,
/// --node was given together with peers, or `quorum` is larger than the number of peers.
std::expected<void, std::string> complete(PeerOptions& options, std::optional<std::size_t> quorum = std::nullopt);

}  // namespace exocast
