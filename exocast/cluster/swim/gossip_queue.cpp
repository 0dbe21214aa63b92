// SPDX-License-Identifier: Apache-2.0
#include "exocast/cluster/swim/gossip_queue.h"

#include <bit>
#include <utility>
#include <vector>

namespace exocast::swim {

std::size_t GossipQueue::times(std::size_t members) noexcept {
  return 4 * static_cast<std::size_t>(std::bit_width(members + 1));
}

void GossipQueue::add(std::string_view id) {
  remove(id);
  const Place place{.told = 0, .version = ++versions_};
  entries_.emplace(id, place);
  in_order_.emplace(place, id);
}

void GossipQueue::remove(std::string_view id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  in_order_.erase(found->second);
  entries_.erase(found);
}

void GossipQueue::tell(std::size_t members, const std::function<Told(const std::string&)>& tell) {
  const std::size_t limit = times(members);
  std::vector<std::map<Place, std::string>::node_type> again;
  while (!in_order_.empty()) {
    const auto first = in_order_.begin();
    const Told how = tell(first->second);
    if (how == Told::no_room) break;
    auto node = in_order_.extract(first);
    if (how == Told::unknown || node.key().told + 1 >= limit) {
      entries_.erase(node.mapped());
    } else {
      ++node.key().told;
      again.push_back(std::move(node));
    }
  }
  for (auto& node : again) {
    entries_.find(node.mapped())->second = node.key();
    in_order_.insert(std::move(node));
  }
}

}  // namespace exocast::swim
