// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `exocast watch` does: shows what the local node receives, until a signal ends it.

#include <optional>
#include <string>

namespace exocast {

struct WatchOptions {
  std::optional<std::string> node;        ///< which local node; nothing: see LocalNode::find()
  std::optional<std::string> request_id;  ///< only messages of this request
  bool json = false;
};

/// Does it and returns the exit status: 0 once SIGINT, SIGTERM or SIGHUP has ended it.
int run_watch(const WatchOptions& options);

}  // namespace exocast
