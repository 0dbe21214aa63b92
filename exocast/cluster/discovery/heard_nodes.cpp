// SPDX-License-Identifier: Apache-2.0
#include "exocast/cluster/discovery/heard_nodes.h"

namespace exocast {

HeardNodes::Hearing HeardNodes::hear(std::uint64_t session, std::uint32_t number, TimePoint now) {
  const auto at = nodes_.find(session);
  if (at == nodes_.end()) {
    if (nodes_.size() >= nodes_max && !make_room(now)) return Hearing::no_room;
    nodes_.emplace(session, Node{number, now});
    return Hearing::newcomer;
  }
  at->second.heard = now;
  if (at->second.number == number) return Hearing::copy;
  at->second.number = number;
  return Hearing::known;
}

/// Looks through all of them, so at most once a second.
bool HeardNodes::make_room(TimePoint now) {
  if (now < next_sweep_) return false;
  next_sweep_ = now + std::chrono::seconds(1);
  return std::erase_if(nodes_, [&](const auto& node) { return now - node.second.heard >= silence_max; }) > 0;
}

}  // namespace exocast
