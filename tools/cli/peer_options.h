// SPDX-License-Identifier: Apache-2.0
#pragma once
// The options by which a command is told of peers: --peers FILE and --peer ID=HOST:PORT; and --node ID, for those that
// otherwise ask the local node. To be included by the .cpp files of commands only. One thread.

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "exocast/ids.h"
#include "tools/cli/options.h"

namespace exocast {

struct PeerOptions {
  std::string file;
  std::vector<Peer> listed;
  std::optional<std::string> node;
};

/// Adds all three to `command`; `options` lives as long as it.
void add_peer_options(CLI::App& command, PeerOptions& options);

/// Adds --node alone.
void add_node_option(CLI::App& command, std::optional<std::string>& node);

/// All peers that are named, those of the file first; nobody if none are, which means the local node. The error is one
/// printable line: the file's fault, or that it lists nobody; --node together with peers.
std::expected<std::vector<Peer>, std::string> peers_of(const PeerOptions& options);

}  // namespace exocast
