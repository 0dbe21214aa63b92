// SPDX-License-Identifier: Apache-2.0
#include "cluster/cluster_view.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <tuple>
#include <utility>

namespace exocast {
namespace {

bool is_out(const Member& member) { return member.state == MemberState::gone || member.state == MemberState::left; }

/// Time from a goodbye to the end of the process: 0.5 s for the goodbye and 1 s to drain its servers, plus a margin.
constexpr Duration farewell = std::chrono::seconds(5);

/// True if `one` is preferred to `other` as the node at their common address.
bool is_rather(const Member& one, const Member& other) {
  const auto rank = [](const Member& member) {
    return std::tuple(!is_out(member), member.kind == NodeKind::exocast, member.since);
  };
  return rank(one) > rank(other);
}

auto run_of(const Member& member) { return std::tie(member.id, member.address, member.session); }

}  // namespace

std::vector<Member> merged(const std::vector<Member>& exocasts, const std::vector<Member>& exos) {
  std::map<std::string, const Member*> by_id;
  for (const Member& member : exocasts) by_id[member.id] = &member;
  for (const Member& member : exos) {
    const Member*& known = by_id[member.id];
    if (known == nullptr || (is_out(*known) && !is_out(member))) known = &member;
  }
  std::map<PeerAddress, const Member*> by_address;
  for (const Member* member : by_id | std::views::values) {
    const Member*& known = by_address[member->address];
    if (known == nullptr || is_rather(*member, *known)) known = member;
  }
  std::vector<Member> all;
  all.reserve(by_address.size());
  for (const Member* member : by_id | std::views::values) {
    if (by_address[member->address] == member) all.push_back(*member);
  }
  return all;
}

bool is_one_of_ours(const Candidate& candidate, const std::vector<Member>& members, TimePoint now) {
  return std::ranges::any_of(members, [&](const Member& member) {
    const bool is_it = member.id == candidate.id || member.address == candidate.address;
    if (!is_it || member.kind != NodeKind::exocast || member.state == MemberState::gone) return false;
    return member.state != MemberState::left || now < member.since + farewell;
  });
}

Receivers receivers_of(std::vector<Member> members, TimePoint now, Duration shrink_delay) {
  Receivers receivers;
  for (Member& member : members) {
    if (member.state == MemberState::left) continue;
    if (member.state == MemberState::gone) {
      const TimePoint out_at = member.since + shrink_delay;
      if (out_at <= now) continue;
      receivers.until = std::min(receivers.until, out_at);
    }
    receivers.members.push_back(std::move(member));
  }
  return receivers;
}

bool same_receivers(const std::vector<Member>& one, const std::vector<Member>& other) {
  return std::ranges::equal(one, other, {}, run_of, run_of);
}

}  // namespace exocast
