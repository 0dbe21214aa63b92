// SPDX-License-Identifier: Apache-2.0
#include "exocast/cluster/cluster_view.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <tuple>
#include <utility>

namespace exocast {
namespace {

bool is_out(const Member& member) { return member.state == MemberState::gone || member.state == MemberState::left; }

auto run_of(const Member& member) { return std::tie(member.id, member.address, member.session); }

}  // namespace

std::vector<Member> merged(const std::vector<Member>& exocasts, const std::vector<Member>& exos) {
  std::map<std::string, const Member*> by_id;
  for (const Member& member : exocasts) by_id[member.id] = &member;
  for (const Member& member : exos) {
    const Member*& known = by_id[member.id];
    if (known == nullptr || (is_out(*known) && !is_out(member))) known = &member;
  }
  std::vector<Member> all;
  all.reserve(by_id.size());
  for (const Member* member : by_id | std::views::values) all.push_back(*member);
  return all;
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
