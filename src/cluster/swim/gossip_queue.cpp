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
  item.told_ = 0;
  item.link(told_[0]);
}

void GossipQueue::tell(std::size_t members, const std::function<Told(const Item&)>& tell) {
  const std::size_t limit = times(members);
  Link again;  // those that were told just now, so that each is told once
  Told how = Told::yes;
  for (Link& level : told_) {
    for (Link* next = level.behind; next != &level && how != Told::no_room;) {
      auto& item = static_cast<Item&>(*std::exchange(next, next->behind));
      how = tell(item);
      if (how != Told::yes) continue;
      item.unlink();
      if (++item.told_ < limit) item.link(again);
    }
  }
  while (!again.is_alone()) {
    auto& item = static_cast<Item&>(*again.behind);
    item.unlink();
    item.link(told_[item.told_]);
  }
}

bool GossipQueue::empty() const noexcept { return std::ranges::all_of(told_, &Link::is_alone); }

}  // namespace exocast::swim
