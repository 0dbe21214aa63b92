// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/gossip_queue.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace exocast::swim {

std::size_t GossipQueue::times(std::size_t members) noexcept {
  return std::min(times_max, 4 * static_cast<std::size_t>(std::bit_width(members + 1)));
}

void GossipQueue::add(Item& item) noexcept {
  item.unlink();
  item.times_sent_ = 0;
  item.link(by_times_sent_[0]);
}

void GossipQueue::send(std::size_t members, const std::function<Sent(const Item&)>& send) {
  const std::size_t limit = times(members);
  Link again;  // items sent in this call, so that each is sent once
  Sent how = Sent::sent;
  for (Link& level : by_times_sent_) {
    for (Link* next = level.behind; next != &level && how != Sent::no_room;) {
      auto& item = static_cast<Item&>(*std::exchange(next, next->behind));
      how = send(item);
      if (how != Sent::sent) continue;
      item.unlink();
      if (++item.times_sent_ < limit) item.link(again);
    }
  }
  while (!again.is_alone()) {
    auto& item = static_cast<Item&>(*again.behind);
    item.unlink();
    item.link(by_times_sent_[item.times_sent_]);
  }
}

bool GossipQueue::empty() const noexcept { return std::ranges::all_of(by_times_sent_, &Link::is_alone); }

}  // namespace exocast::swim
