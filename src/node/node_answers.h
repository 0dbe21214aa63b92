// SPDX-License-Identifier: Apache-2.0
#pragma once
// A node's answers to questions: health, version and stats. Pure functions of values, except stats_of(), which runs
// inside the loop.

#include <expected>
#include <string>
#include <vector>

#include "exocast/broadcaster.h"
#include "exocast/inbox.h"
#include "exocast/question.h"

namespace exocast {

/// The state of a node, in numbers.
struct NodeStats {
  Duration uptime{};
  InboxMetrics inbox{};
  BroadcasterMetrics broadcasts{};
  std::vector<LaneMetrics> lanes{};  ///< one for each receiver of the roster
};

/// The current numbers of a node that has been up for `uptime`.
NodeStats stats_of(Duration uptime, const Inbox& inbox, const Broadcaster& broadcaster);

/// One JSON object: uptime_s, inbox{…}, broadcasts{…}, lanes{…} with the sums over all receivers, and
/// peers{healthy,slow,stalled,gone} with the number of peers in each state.
std::string to_json(const NodeStats& stats);

/// The answer to "health", {"healthy":true}, to "version", "exocast 0.1.0", or to "stats", as by to_json(); NOT_FOUND,
/// with these names, for any other question. All of them ignore the argument.
std::expected<std::string, Status> answer_to(const Question& question, const NodeStats& stats);

}  // namespace exocast
