// SPDX-License-Identifier: Apache-2.0
#pragma once
// MemberTable: the members that this node knows, without itself, and the ring of the live ones.
//
// The ring is the order of the ids' hashes, the same at every node. Each node probes its next successors: so the same
// few nodes probe a member in every period, which bounds the time until a failure is noticed; SWIM's random choice
// bounds only the mean. Hashing spreads the nodes of one machine, which may fail together.
// A value without a clock; one thread. A returned record stays at its address until it is forgotten.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/swim/datagram.h"
#include "cluster/swim/gossip_queue.h"
#include "cluster/swim/member_index.h"
#include "cluster/swim/suspicion.h"
#include "exocast/member.h"

namespace exocast::swim {

/// A member, and this node's notes on it.
struct MemberRecord : GossipQueue::Item {
  Member member;
  std::uint64_t place = 0;               ///< on the ring: the hash of its id
  std::unique_ptr<Suspicion> suspicion;  ///< while it is suspect
  TimePoint heard{};                     ///< the last datagram from itself
  TimePoint asked{};                     ///< the last reaction to news that contradicted this record
  std::uint64_t claimant_session = 0;    ///< of another node that claimed the id while this one answered; 0: none
  TimePoint claimant_until{};            ///< until then the claim is refused without a new probe

  bool live() const noexcept { return member.state == MemberState::healthy || member.state == MemberState::suspect; }
};

/// Whether `news` about a member replaces `known`, both of the same session: the higher incarnation wins, and within
/// one incarnation left beats gone, gone beats suspect, and suspect beats healthy (SWIM, 4.2).
bool supersedes(const Update& news, const Member& known) noexcept;

/// The member's state, as gossip sends it.
Update update_of(const MemberRecord& known);

class MemberTable {
 public:
  /// The table of the node `self`, which is not in it.
  explicit MemberTable(std::string_view self);

  MemberRecord* find(std::string_view id) noexcept;
  const MemberRecord* find(std::string_view id) const noexcept;
  /// The healthy member at `address`.
  const MemberRecord* healthy_at(const PeerAddress& address) const noexcept;

  /// Adds a member that is healthy since `member.since`; its id must be new.
  MemberRecord& add(Member member);

  /// Changes its state, and drops its suspicion unless it is suspect now. `now` is not before that of an earlier call.
  void set_state(MemberRecord& known, MemberState state, TimePoint now);

  /// Forgets members that have been gone or left since before `time`, and beyond `most` those that have been so for
  /// the longest time. Returns how many.
  std::size_t forget(TimePoint time, std::size_t most);

  /// The healthy and suspect members, in ring order.
  const std::vector<MemberRecord*>& live() const noexcept { return ring_; }
  const std::vector<MemberRecord*>& suspects() const noexcept { return suspects_; }
  /// The members that are gone or have left, in the order of their last change.
  const std::vector<MemberRecord*>& dead() const noexcept { return dead_; }
  /// This node's next `count` healthy successors, and the suspect ones between them; `most` in all.
  std::vector<MemberRecord*> successors(std::size_t count, std::size_t most) const;

  std::size_t count(MemberState state) const noexcept { return counts_[static_cast<std::size_t>(state)]; }
  const std::map<std::string, MemberRecord, std::less<>>& all() const noexcept { return all_; }

 private:
  std::vector<MemberRecord*>::iterator place_of(const MemberRecord& known);
  std::size_t& count_of(MemberState state) noexcept { return counts_[static_cast<std::size_t>(state)]; }

  std::uint64_t self_place_;
  std::map<std::string, MemberRecord, std::less<>> all_;
  MemberIndex by_id_;
  std::vector<MemberRecord*> ring_;
  std::vector<MemberRecord*> suspects_;
  std::vector<MemberRecord*> dead_;
  std::array<std::size_t, 4> counts_{};
};

}  // namespace exocast::swim
