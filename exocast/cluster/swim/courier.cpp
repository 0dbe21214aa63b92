// SPDX-License-Identifier: Apache-2.0
#include "exocast/cluster/swim/courier.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace exocast::swim {

void Courier::send_bytes(const PeerAddress& to, const std::string& bytes) {
  ++metrics_.sent;
  metrics_.sent_bytes += bytes.size();
  port_.send(to, bytes);
}

void Courier::send_bare(const PeerAddress& to, Datagram datagram) {
  datagram.sender = self_;
  send_bytes(to, DatagramWriter(datagram).bytes());
}

void Courier::send_to(const PeerAddress& address, const Known* to, Datagram datagram) {
  datagram.sender = self_;
  DatagramWriter writer(datagram);
  if (to != nullptr && to->member.state != MemberState::healthy) writer.add(update_of(*to));
  queue_.tell(table_.live().size(), [&](const std::string& id) {
    if (id == self_.id) return GossipQueue::Told::yes;  // every datagram begins with it
    const Known* known = table_.find(id);
    if (known == nullptr) return GossipQueue::Told::unknown;
    return writer.add(update_of(*known)) ? GossipQueue::Told::yes : GossipQueue::Told::no_room;
  });
  send_bytes(address, writer.bytes());
}

void Courier::send_to_some(std::size_t most, Random& random) {
  const auto& live = table_.live();
  std::size_t left = std::min(most, live.size());
  for (std::size_t i = 0; i < live.size() && left > 0; ++i) {  // Knuth's algorithm S
    if (random.below(live.size() - i) >= left) continue;
    --left;
    send(*live[i], {.kind = DatagramKind::news});
  }
}

void Courier::send_members(const Known& to, std::uint64_t number, const std::string& after) {
  const auto& all = table_.all();
  const auto told_of = [](const Known& known) {
    Update update = update_of(known);
    update.accuser.clear();  // so that one fits, whatever the ids
    return update;
  };
  Datagram datagram{.kind = DatagramKind::sync, .sender = self_, .number = number};
  datagram.next.assign(255, 'x');  // the room that a long id takes
  const auto first = after.empty() ? all.begin() : all.upper_bound(after);
  auto end = first;
  for (DatagramWriter room(datagram); end != all.end() && room.add(told_of(end->second));) ++end;
  datagram.next = end == all.end() || end == first ? std::string() : std::prev(end)->first;
  DatagramWriter answer(datagram);
  for (auto next = first; next != end; ++next) answer.add(told_of(next->second));
  send_bytes(to.member.address, answer.bytes());
}

}  // namespace exocast::swim
