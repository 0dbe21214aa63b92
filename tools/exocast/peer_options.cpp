// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/peer_options.h"

#include <utility>

#include <fmt/format.h>

#include "exocast/peers_file.h"
#include "tools/exocast/local_node.h"

namespace exocast {

void add_peer_options(CLI::App& command, PeerOptions& options) {
  add_text(command, "--peers", options.file, "FILE", "A file that lists peers");
  const auto take = [&options](std::string_view text) -> std::expected<void, std::string> {
    auto peer = parse_peer(text);
    if (!peer) return std::unexpected(std::move(peer.error()));
    options.peers.push_back(*std::move(peer));
    return {};
  };
  add_each_taken(command, "--peer", take, "ID=HOST:PORT", "A peer; may be given again and again");
  add_node_option(command, options.node);
}

void add_node_option(CLI::App& command, std::optional<std::string>& node) {
  add_text(command, "--node", node, "ID", "The local node to ask, where several run (the first one by id)");
}

std::expected<void, std::string> complete(PeerOptions& options, std::optional<std::size_t> quorum) {
  if (options.file.empty() && options.peers.empty()) return {};
  if (options.node) return std::unexpected("--node is for what the local node does: not together with peers");
  if (!options.file.empty()) {
    auto in_file = read_peers_file(options.file);
    if (!in_file) return std::unexpected(std::move(in_file.error()));
    options.peers.insert(options.peers.begin(), in_file->begin(), in_file->end());
  }
  if (options.peers.empty()) return std::unexpected(fmt::format("there is nobody to send to: {}", or_name_peers));
  if (quorum.value_or(0) <= options.peers.size()) return {};
  return std::unexpected(
      fmt::format("--quorum: {} is more than the {} peers there are", *quorum, options.peers.size()));
}

}  // namespace exocast
