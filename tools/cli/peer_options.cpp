// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/peer_options.h"

#include <utility>

#include <fmt/format.h>

#include "exocast/peers_file.h"
#include "tools/exocast/local/local_node.h"

namespace exocast {

void add_peer_options(CLI::App& command, PeerOptions& options) {
  command.add_option("--peers", options.file, "A file that lists peers")->type_name("FILE");
  command
      .add_option_function<std::vector<std::string>>(
          "--peer",
          [&options](const std::vector<std::string>& texts) {
            for (const std::string& text : texts) {
              auto peer = parse_peer(text);
              if (!peer) throw CLI::ValidationError("--peer", peer.error());
              options.listed.push_back(*std::move(peer));
            }
          },
          "A peer; may be given again and again")
      ->allow_extra_args(false)
      ->type_name("ID=HOST:PORT");
  add_node_option(command, options.node);
}

void add_node_option(CLI::App& command, std::optional<std::string>& node) {
  command.add_option("--node", node, "The local node to ask, where several run (the first one by id)")->type_name("ID");
}

std::expected<std::vector<Peer>, std::string> peers_of(const PeerOptions& options) {
  if (options.file.empty() && options.listed.empty()) return {};
  if (options.node) return std::unexpected("--node is for what the local node does: not together with peers");
  std::vector<Peer> peers;
  if (!options.file.empty()) {
    auto in_file = read_peers_file(options.file);
    if (!in_file) return std::unexpected(std::move(in_file.error()));
    peers = *std::move(in_file);
  }
  peers.insert(peers.end(), options.listed.begin(), options.listed.end());
  if (peers.empty()) return std::unexpected(fmt::format("there is nobody to send to: {}", or_name_peers));
  return peers;
}

}  // namespace exocast
