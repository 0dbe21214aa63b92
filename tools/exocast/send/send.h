// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `exocast send` does: broadcasts one message, or each line of standard input, and says who got it.
// One thread. It has links of its own to peers that are named, and uses those of the local node otherwise.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "exocast/gather/deadline.h"
#include "exocast/ids.h"
#include "exocast/message.h"
#include "tools/exocast/io/metrics_file.h"

namespace exocast {

/// How the lines of standard input become messages; empty ones are left out.
struct LineFormat {
  /// Without it each line is the JSON text of a status; with it each line is a list of tokens of this request.
  std::optional<std::string> request_id;
  /// The last line's tokens are the request's last. It is known to be the last only at the end of input, so each line
  /// is sent when the next one has come.
  bool finished = false;
};

struct SendOptions {
  std::optional<Message> message;  ///< nothing: standard input
  LineFormat lines;
  std::vector<Peer> peers;                      ///< empty: those of the local node
  std::optional<std::string> node;              ///< which local node; nothing: see LocalNode::find()
  Duration timeout = std::chrono::seconds(15);  ///< of each broadcast; exo's
  std::size_t limit = 64;
  std::optional<std::size_t> quorum;  ///< nothing: all
  MetricsFileOptions metrics;
  bool json = false;
  // For links of its own.
  bool gzip = false;
  bool native = true;  ///< to peers that offer it; gzip is exo's protocol only
};

/// Does it and returns the exit status.
int run_send(const SendOptions& options);

}  // namespace exocast
