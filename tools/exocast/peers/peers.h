// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `exocast peers` does: shows whom the local node knows and how they stand, or asks peers that are named.

#include <optional>
#include <string>
#include <vector>

#include "exocast/gather/deadline.h"
#include "exocast/ids.h"
#include "node/peer_rows.h"

namespace exocast {

struct PeersOptions {
  std::vector<Peer> peers;                     ///< empty: those of the local node
  std::optional<std::string> node;             ///< which local node; nothing: see LocalNode::find()
  Duration timeout = std::chrono::seconds(5);  ///< of an own connection to a peer; exo's of a health check
  bool json = false;
};

/// Does it and returns the exit status: 2 if a peer that was asked itself did not answer.
int run_peers(const PeersOptions& options);

/// The rows as a table with a heading and a last line that counts, each with its line end.
std::string to_table(const std::vector<PeerRow>& rows, std::size_t width, bool coloured);

}  // namespace exocast
