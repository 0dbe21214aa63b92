// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/gossip.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>
#include <vector>

namespace exocast::swim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t urgent_to = 4;       // members that get an urgent send
constexpr Duration collect_for = 5ms;      // collects the updates that come at the same time
constexpr Duration between_urgent = 50ms;  // limits the traffic in a large cluster

}  // namespace

void Gossip::send_bytes(const PeerAddress& to, const std::string& bytes) {
  ++metrics_.sent;
  metrics_.sent_bytes += bytes.size();
  port_.send(to, bytes);
}

void Gossip::send_bare(const PeerAddress& to, Datagram datagram) {
  datagram.sender = self_;
  send_bytes(to, DatagramWriter(datagram).bytes());
}

void Gossip::send_to(const PeerAddress& address, const MemberRecord* to, Datagram datagram) {
  datagram.sender = self_;
  DatagramWriter writer(datagram);
  if (to != nullptr && to->member.state != MemberState::healthy) writer.add(update_of(*to));
  queue_.send(table_.live().size(), [&](const GossipQueue::Item& item) {
    const auto& record = static_cast<const MemberRecord&>(item);
    if (!is_common(record.member.address, address)) return GossipQueue::Sent::not_for_receiver;
    return writer.add(update_of(record)) ? GossipQueue::Sent::sent : GossipQueue::Sent::no_room;
  });
  send_bytes(address, writer.bytes());
}

void Gossip::send_to_some(std::size_t most, Random& random) {
  const auto& live = table_.live();
  most = std::min(most, live.size());
  std::vector<std::size_t> drawn;  // Floyd's algorithm: Bentley, "Programming Pearls: A Sample of Brilliance", 1987
  for (std::size_t last = live.size() - most; last < live.size(); ++last) {
    const std::size_t one = random.below(last + 1);
    drawn.push_back(std::ranges::find(drawn, one) != drawn.end() ? last : one);
    send(*live[drawn.back()], {.kind = DatagramKind::gossip});
  }
}

void Gossip::send_soon(Alarm& alarm) noexcept {
  if (next_ == TimePoint::max()) next_ = std::max(alarm.now() + collect_for, sent_ + between_urgent);
  alarm.wake_by(next_);
}

void Gossip::send_urgent(TimePoint now, Random& random) {
  if (now < next_) return;
  next_ = TimePoint::max();
  sent_ = now;
  send_to_some(urgent_to, random);
}

void Gossip::send_members(const MemberRecord& to, std::uint64_t number, const std::string& after) {
  const auto& all = table_.all();
  const auto without_accuser = [](const MemberRecord& record) {
    Update update = update_of(record);
    update.accuser.clear();  // so that one fits, whatever the ids
    return update;
  };
  Datagram datagram{.kind = DatagramKind::sync, .sender = self_, .number = number};
  datagram.next.assign(255, 'x');  // the room that a long id takes
  const auto is_usable = [&](const MemberRecord& record) {
    return is_common(record.member.address, to.member.address);
  };
  const auto first = after.empty() ? all.begin() : all.upper_bound(after);
  auto end = first;
  for (DatagramWriter room(datagram); end != all.end(); ++end) {
    if (is_usable(end->second) && !room.add(without_accuser(end->second))) break;
  }
  datagram.next = end == all.end() || end == first ? std::string() : std::prev(end)->first;
  DatagramWriter answer(datagram);
  for (auto next = first; next != end; ++next) {
    if (is_usable(next->second)) answer.add(without_accuser(next->second));
  }
  send_bytes(to.member.address, answer.bytes());
}

}  // namespace exocast::swim
