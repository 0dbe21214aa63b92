// SPDX-License-Identifier: Apache-2.0
#pragma once
// GossipQueue: the members with updates to send, by how often each update has been sent.
//
// Updates are piggybacked on other datagrams. Each is sent a multiple of the logarithm of the cluster's size, after
// which nearly every member has it (SWIM, 4.1); those sent least often go first. The queue holds members, not states:
// what is sent is the member's state at that moment, so an old state never follows a new one. The queue is intrusive:
// it allocates nothing, and a member that is destroyed leaves it. A value without a clock; one thread.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

#include "exocast/gather/detail/intrusive_list.h"

namespace exocast::swim {

class GossipQueue {
 public:
  /// The base of a member; in one queue at most.
  class Item : private IntrusiveLink<Item> {
   public:
    bool queued() const noexcept { return linked(); }

   private:
    friend class GossipQueue;
    friend class IntrusiveList<Item>;
    std::size_t times_sent_ = 0;
  };

  /// Queues an update about `item`; it counts as not sent yet.
  void add(Item& item) noexcept;

  /// Calls `send(item)` for each item once, least sent first, until it returns `no_room`. Only `sent` counts as sent;
  /// an item that was sent times(`members`) leaves the queue. `send` may not change the queue.
  enum class Sent : std::uint8_t { sent, not_for_receiver, no_room };
  void send(std::size_t members, const std::function<Sent(const Item&)>& send);

  bool empty() const noexcept;

  /// How often each update is sent: 4 times the binary digits of `members`. Two of three go to neighbours on the ring,
  /// which have it already; with the others hardly ever one of a thousand members is left out.
  static std::size_t times(std::size_t members) noexcept;

 private:
  static constexpr std::size_t times_max = 128;

  std::array<IntrusiveList<Item>, times_max> by_times_sent_;  // in each the longest waiting first
};

inline std::size_t GossipQueue::times(std::size_t members) noexcept {
  return std::min(times_max, 4 * static_cast<std::size_t>(std::bit_width(members + 1)));
}

inline void GossipQueue::add(Item& item) noexcept {
  item.unlink();
  item.times_sent_ = 0;
  by_times_sent_[0].push_back(item);
}

inline void GossipQueue::send(std::size_t members, const std::function<Sent(const Item&)>& send) {
  const std::size_t limit = times(members);
  IntrusiveList<Item> again;  // items sent in this call, so that each is sent once
  Sent how = Sent::sent;
  for (auto& level : by_times_sent_) {
    for (Item* next = level.front(); next != nullptr && how != Sent::no_room;) {
      Item& item = *std::exchange(next, level.after(*next));
      how = send(item);
      if (how != Sent::sent) continue;
      item.unlink();
      if (++item.times_sent_ < limit) again.push_back(item);
    }
  }
  while (Item* item = again.pop_front()) by_times_sent_[item->times_sent_].push_back(*item);
}

inline bool GossipQueue::empty() const noexcept {
  return std::ranges::all_of(by_times_sent_, [](const auto& level) { return level.empty(); });
}

}  // namespace exocast::swim
