// SPDX-License-Identifier: Apache-2.0
#pragma once
// The options by which a command is told of peers: --peers FILE and --peer ID=HOST:PORT; and --node ID, for those that
// otherwise ask the local node. One thread.

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "exocast/ids.h"
#include "tools/cli/command_line.h"

namespace exocast {

struct PeerOptions {
  std::string file;
  std::vector<Peer> peers;          ///< those of the command line; after complete() all; none: those of the local node
  std::optional<std::string> node;  ///< which local node; nothing: see LocalNode::find()
};

/// Adds all three to `command`; `options` lives as long as it.
void add_peer_options(CLI::App& command, PeerOptions& options);

/// Adds --node alone.
void add_node_option(CLI::App& command, std::optional<std::string>& node);

/// Puts the peers of the file before the others. The error is one printable line: the file's fault, or that it lists
/// nobody; --node together with peers; a `quorum` of more peers than there are.
std::expected<void, std::string> complete(PeerOptions& options, std::optional<std::size_t> quorum = std::nullopt);

}  // namespace exocast
