// SPDX-License-Identifier: Apache-2.0
// Membership: which candidates it admits, and what it does about two nodes with one id.
#include <algorithm>
#include <cassert>
#include <utility>

#include "cluster/swim/membership.h"

namespace exocast {

using namespace std::chrono_literals;
using namespace swim;  // NOLINT(google-build-using-namespace)

namespace {

constexpr Duration refused_for = 5s;
constexpr Duration sync_soon = 1s;

}  // namespace

void Membership::admit_or_challenge(const Update& who, const std::optional<DeviceCapabilities>& capabilities,
                                    const std::string& source) {
  if (who.id == self_.id || who.state == MemberState::left) return;
  MemberRecord* record = table_.find(who.id);
  if (record == nullptr) return admit(who, capabilities, source);
  Member& member = record->member;
  if (member.session == who.session) {
    if (capabilities) member.capabilities = capabilities;
    if (!record->live()) member.address = who.address;  // else it has more than one, and the first is as good
    if (Suspicions::is_implausible_step(who.incarnation, member.incarnation)) {  // forged
      member.incarnation = who.incarnation;
      suspicions_.set_state(*record, MemberState::healthy);
    }
  } else if (member.address == who.address || !record->live()) {
    admit(who, capabilities, source);
  } else if (is_refused(*record, who)) {
    refuse(*record, who);
  } else {
    prober_.challenge(*record, who, capabilities, source);
  }
}

void Membership::admit(const Update& who, const std::optional<DeviceCapabilities>& capabilities,
                       const std::string& source) {
  MemberRecord* record = table_.find(who.id);
  if (record == nullptr) {
    if (table_.all().size() >= options_.members_max) {
      ++metrics_.refused;
      return;
    }
    Member member;
    member.id = who.id;
    member.source = source;
    record = &table_.add(std::move(member));
  }
  Member& member = record->member;
  member.address = who.address;
  member.session = who.session;
  member.incarnation = who.incarnation;
  member.capabilities = capabilities;
  record->heard = now();
  record->claimant_session = 0;
  table_.set_state(*record, MemberState::healthy, now());  // even if it was: this one is new
  suspicions_.set_state(*record, MemberState::healthy);
  // If many join at once, an update may reach all earlier members and miss the next newcomer.
  next_sync_ = std::min(next_sync_, now() + random_.between(sync_soon / 2, sync_soon));
  // A node that a discovery found may belong to a cluster that no member here knows.
  if (source != "gossip" || table_.live().size() == 1) start_exchange(*record, true);
}

bool Membership::is_refused(const MemberRecord& owner, const Update& claimant) const {
  return owner.claimant_session == claimant.session && now() < owner.claimant_until;
}

void Membership::refuse(MemberRecord& owner, const Update& claimant) {
  owner.claimant_session = claimant.session;
  owner.claimant_until = now() + refused_for;
  send_conflict(update_of(owner), claimant);
}

void Membership::send_conflict(const Update& owner, const Update& claimant) {
  ++metrics_.conflicts;
  gossip_.send_bare(
      claimant.address,
      {.kind = DatagramKind::conflict, .about = owner, .to_session = claimant.session, .age_ms = age_ms()});
}

void Membership::receive_from_same_id(const Datagram& datagram) {
  if (datagram.sender.session == self_.session) return;  // this node's own, reflected
  if (datagram.kind == DatagramKind::conflict) return receive_conflict(datagram);
  if (datagram.kind == DatagramKind::ping) send_conflict(self_, datagram.sender);
}

void Membership::receive_conflict(const Datagram& conflict) {
  assert(conflict.about.has_value());
  if (conflict.to_session != self_.session || conflict.about->session == self_.session) return;
  const bool is_younger = conflict.sender.id == self_.id && conflict.age_ms <= age_ms();
  if (is_younger) return;  // the sender is the one that has to go
  ++metrics_.conflicts;
  if (on_conflict_) on_conflict_(conflict.about->address);
}

std::uint64_t Membership::age_ms() const {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now() - started_).count());
}

}  // namespace exocast
