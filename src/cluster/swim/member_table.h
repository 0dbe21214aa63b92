// SPDX-License-Identifier: Apache-2.0
#pragma once
// MemberTable: the members that this node knows, itself left out, and the ring on which the living stand.
//
// The ring is the order of the ids' hashes, the same at every node. Each asks the next ones behind it: so every member
// is asked by the same few in every period, which bounds how long a silence goes unnoticed; SWIM's random choice bounds
// only the mean. Hashes spread the nodes of one machine, which may fall silent together.
// A value without a clock; one thread. What it returns stays where it is until it is forgotten.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/swim/datagram.h"
#include "cluster/swim/gossip_queue.h"
#include "cluster/swim/suspicion.h"
#include "exocast/member.h"

namespace exocast::swim {

/// A member, and what only this node knows about it.
struct MemberRecord : GossipQueue::Item {
  Member member;
  std::uint64_t place = 0;               ///< on the ring: its id's hash
  std::unique_ptr<Suspicion> suspicion;  ///< while it is suspect
  TimePoint heard{};                     ///< the last sign of life from itself
  TimePoint asked{};                     ///< the last ping or notice because its updates did not fit
  std::uint64_t claimant_session = 0;    ///< of another node that has claimed the id while this one answered; 0: none
  TimePoint claimant_until{};            ///< for how long the claim is refused without asking again

  bool live() const noexcept { return member.state == MemberState::healthy || member.state == MemberState::suspect; }
};

/// Whether `update` replaces the state of `member`, both of the same session: the higher incarnation does, and within
/// one left before gone before suspect before healthy (SWIM, 4.2).
bool supersedes(const Update& update, const Member& member) noexcept;

/// The update that tells others how `record` stands.
Update update_of(const MemberRecord& record);

class MemberTable {
 public:
  /// Of the node with the id `self`, which is not in the table.
  explicit MemberTable(std::string_view self);

  MemberRecord* find(std::string_view id) noexcept;
  const MemberRecord* find(std::string_view id) const noexcept;
  /// The one that is healthy at `address`.
  const MemberRecord* healthy_at(const PeerAddress& address) const noexcept;

  /// A new one, healthy since `member.since`; its id must not be known.
  MemberRecord& add(Member member);

  /// Changes how it stands; forgets its suspicion unless it is suspect. `now` is not before that of an earlier call.
  void set_state(MemberRecord& record, MemberState state, TimePoint now);

  /// Forgets those that have been gone or have left since before `time`, and the ones longest so beyond `most`.
  /// Returns how many.
  std::size_t forget(TimePoint time, std::size_t most);

  /// True if a state was set or a member was forgotten since the last call.
  bool take_changed() noexcept { return std::exchange(changed_, false); }

  /// Healthy and suspect ones, in the order of the ring.
  const std::vector<MemberRecord*>& live() const noexcept { return ring_; }
  const std::vector<MemberRecord*>& suspects() const noexcept { return suspects_; }
  /// Those that are gone or have left, the longest so first.
  const std::vector<MemberRecord*>& dead() const noexcept { return dead_; }
  /// The `count` healthy ones behind this node, with the suspect ones in between; `most` in all.
  std::vector<MemberRecord*> successors(std::size_t count, std::size_t most) const;

  std::size_t count(MemberState state) const noexcept { return counts_[static_cast<std::size_t>(state)]; }
  const std::map<std::string, MemberRecord, std::less<>>& all() const noexcept { return all_; }

 private:
  struct Slot {
    std::uint64_t place;
    MemberRecord* record;
  };

  std::vector<MemberRecord*>::iterator place_of(const MemberRecord& record);
  std::size_t& count_of(MemberState state) noexcept { return counts_[static_cast<std::size_t>(state)]; }

  std::uint64_t self_place_;
  std::map<std::string, MemberRecord, std::less<>> all_;
  // By place: each update is looked up, and with a thousand members each lookup in a map misses the processor's caches.
  std::vector<Slot> by_place_;
  std::vector<MemberRecord*> ring_;
  std::vector<MemberRecord*> suspects_;
  std::vector<MemberRecord*> dead_;
  std::array<std::size_t, 4> counts_{};
  bool changed_ = false;
};

}  // namespace exocast::swim
