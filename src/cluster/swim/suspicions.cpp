// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/suspicions.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <vector>

namespace exocast::swim {

void Suspicions::accuse(MemberRecord& record) {
  assert(record.live());
  if (record.suspicion) return confirm(record, self_.id);
  suspect(record, self_.id);
  gossip_.notify(record);
}

void Suspicions::apply(MemberRecord& record, const Update& update, const std::string& reporter) {
  Member& member = record.member;
  assert(update.id == member.id && update.session == member.session);
  const std::string& accuser = update.accuser.empty() ? reporter : update.accuser;
  if (!supersedes(update, member)) {
    const bool is_same = update.incarnation == member.incarnation && update.state == MemberState::suspect;
    if (is_same && record.suspicion) confirm(record, accuser);
    return;
  }
  if (is_implausible_step(member.incarnation, update.incarnation)) {
    ++metrics_.implausible;
    return;
  }
  member.incarnation = update.incarnation;
  if (update.state == MemberState::suspect) return suspect(record, accuser);
  if (update.state == MemberState::healthy && member.state == MemberState::suspect) ++metrics_.false_suspicions;
  set_state(record, update.state);
}

void Suspicions::suspect(MemberRecord& record, const std::string& accuser) {
  ++metrics_.suspicions;
  set_state(record, MemberState::suspect);
  const std::size_t others = table_.live().size() - 1;  // besides the accuser and the suspect
  record.suspicion = std::make_unique<Suspicion>(alarm_.now(), limits_, accuser, others);
  next_ = std::min(next_, record.suspicion->ends());
  alarm_.wake_by(next_);
}

void Suspicions::confirm(MemberRecord& record, const std::string& accuser) {
  if (!record.suspicion->confirm(accuser)) return;
  gossip_.add_update(record);
  next_ = std::min(next_, record.suspicion->ends());
}

void Suspicions::set_state(MemberRecord& record, MemberState state) {
  if (record.member.state != state) table_.set_state(record, state, alarm_.now());
  gossip_.add_update(record);
  gossip_.send_soon(alarm_);
}

void Suspicions::receive_own_state(const Update& update) {
  assert(update.id == self_.id);
  if (update.session != self_.session || update.state == MemberState::healthy) return;
  if (update.incarnation < self_.incarnation) return;  // refuted already
  if (is_implausible_step(self_.incarnation, update.incarnation)) {
    ++metrics_.implausible;
    return;
  }
  awareness_.worsen();
  refute(update.incarnation);
}

void Suspicions::refute(std::uint32_t incarnation) {
  self_.incarnation = incarnation + 1;
  ++metrics_.refutations;
  gossip_.send_soon(alarm_);
}

void Suspicions::end_due() {
  if (alarm_.now() < next_) return;
  next_ = TimePoint::max();
  const std::vector<MemberRecord*> suspects = table_.suspects();  // changed in the loop
  for (MemberRecord* record : suspects) {
    const Suspicion& suspicion = *record->suspicion;
    if (suspicion.ends() <= alarm_.now()) {
      if (record->heard > suspicion.began() + awareness_.ack_timeout()) {
        record->suspicion->restart(alarm_.now());  // it is alive, but has missed the updates about it
      } else {
        set_state(*record, MemberState::gone);
      }
      gossip_.notify(*record);
    }
    if (record->suspicion) next_ = std::min(next_, record->suspicion->ends());
  }
}

}  // namespace exocast::swim
