// SPDX-License-Identifier: Apache-2.0
// Membership: which updates it accepts, and which candidates it admits.
#include <algorithm>
#include <utility>

#include "cluster/swim/membership.h"

namespace exocast {

using namespace std::chrono_literals;
using namespace swim;  // NOLINT(google-build-using-namespace)

namespace {

constexpr Duration refused_for = 5s;
constexpr Duration compare_soon = 1s;

}  // namespace

void Membership::receive_update(const Update& update, const std::string& reporter) {
  if (update.id == self_.id) return receive_own_state(update);
  MemberRecord* known = table_.find(update.id);
  const bool is_live = update.state == MemberState::healthy || update.state == MemberState::suspect;
  if (known == nullptr) {
    if (is_live) identify(update.address, update.id, "gossip", identify_pings);
  } else if (known->member.session == update.session) {
    apply(*known, update, reporter);
  } else if (update.state == MemberState::healthy && !is_refused(*known, update)) {
    identify_again(*known, update.address);
  }
}

void Membership::receive_own_state(const Update& update) {
  if (update.session != self_.session || update.state == MemberState::healthy) return;
  if (update.incarnation < self_.incarnation) return;  // contradicted already
  if (update.incarnation - self_.incarnation > incarnation_jump_max) {
    ++metrics_.implausible;
    return;
  }
  awareness_.worsen();
  refute(update.incarnation);
}

void Membership::refute(std::uint32_t incarnation) {
  self_.incarnation = incarnation + 1;
  ++metrics_.refutations;
  spread_soon();
}

void Membership::apply(MemberRecord& known, const Update& update, const std::string& reporter) {
  Member& member = known.member;
  if (!supersedes(update, member)) {
    if (update.incarnation != member.incarnation) return;
    if (update.state == MemberState::suspect && known.suspicion) {
      confirm(known, update.accuser.empty() ? reporter : update.accuser);
    } else if (update.state == MemberState::healthy && member.state == MemberState::gone && reporter != member.id) {
      identify_again(known, member.address);  // others still believe in it: it is to say itself
    }
    return;
  }
  if (update.incarnation > member.incarnation && update.incarnation - member.incarnation > incarnation_jump_max) {
    ++metrics_.implausible;
    return;
  }
  member.incarnation = update.incarnation;
  if (update.state == MemberState::suspect) {
    suspect(known, update.accuser.empty() ? reporter : update.accuser);
  } else {
    if (update.state == MemberState::healthy && member.state == MemberState::suspect) ++metrics_.false_suspicions;
    change(known, update.state);
  }
}

void Membership::suspect(MemberRecord& known, const std::string& accuser) {
  ++metrics_.suspicions;
  change(known, MemberState::suspect);
  const std::size_t others = table_.live().size() - 1;  // besides the accuser and the suspect
  known.suspicion = std::make_unique<Suspicion>(now(), options_.suspicion, accuser, others);
  suspicions_end_ = std::min(suspicions_end_, known.suspicion->ends());
  wake_by(suspicions_end_);
}

void Membership::confirm(MemberRecord& known, const std::string& accuser) {
  if (!known.suspicion->confirm(accuser)) return;
  gossip_.add_update(known);
  suspicions_end_ = std::min(suspicions_end_, known.suspicion->ends());
}

void Membership::change(MemberRecord& known, MemberState state) {
  if (known.member.state != state) {
    table_.set_state(known, state, now());
    changed_ = true;
  }
  known.suspicion.reset();
  gossip_.add_update(known);
  spread_soon();
}

void Membership::identify_again(MemberRecord& known, const PeerAddress& address) {
  if (now() < known.asked + identify_interval) return;
  known.asked = now();
  identify(address, known.member.id, "gossip", 1);
}

void Membership::admit_or_challenge(const Update& who, const std::optional<DeviceCapabilities>& capabilities,
                                    const std::string& source) {
  if (who.id == self_.id || who.state == MemberState::left) return;
  MemberRecord* known = table_.find(who.id);
  if (known == nullptr) return admit(who, capabilities, source);
  Member& member = known->member;
  if (member.session == who.session) {
    if (capabilities) member.capabilities = capabilities;
    if (!known->live()) member.address = who.address;  // else it has more than one, and the first is as good
    if (is_forged(*known, who)) {
      member.incarnation = who.incarnation;
      change(*known, MemberState::healthy);
    }
  } else if (member.address == who.address || !known->live()) {
    admit(who, capabilities, source);
  } else if (is_refused(*known, who)) {
    refuse(*known, who);
  } else if (!probes_.is_challenged(who.id)) {
    start_probe({.purpose = Probe::Purpose::challenge,
                 .to = member.address,
                 .id = who.id,
                 .session = member.session,
                 .most = identify_pings,
                 .source = source,
                 .claimant = who,
                 .capabilities = capabilities});
  }
}

void Membership::admit(const Update& who, const std::optional<DeviceCapabilities>& capabilities,
                       const std::string& source) {
  MemberRecord* known = table_.find(who.id);
  if (known == nullptr) {
    if (table_.all().size() >= options_.members_max) {
      ++metrics_.refused;
      return;
    }
    Member member;
    member.id = who.id;
    member.source = source;
    known = &table_.add(std::move(member));
  }
  Member& member = known->member;
  member.address = who.address;
  member.session = who.session;
  member.incarnation = who.incarnation;
  member.capabilities = capabilities;
  known->heard = now();
  known->claimant_session = 0;
  table_.set_state(*known, MemberState::healthy, now());
  changed_ = true;
  change(*known, MemberState::healthy);
  // If many join at once, an update may reach all earlier members and miss the next newcomer.
  next_sync_ = std::min(next_sync_, now() + random_.between(compare_soon / 2, compare_soon));
  // A node that a discovery found may belong to a cluster that no member here knows.
  if (source != "gossip" || table_.live().size() == 1) start_exchange(*known, true);
}

bool Membership::is_forged(const MemberRecord& known, const Update& own) {
  return known.member.incarnation > own.incarnation &&
         known.member.incarnation - own.incarnation > incarnation_jump_max;
}

bool Membership::is_refused(const MemberRecord& known, const Update& claimant) const {
  return known.claimant_session == claimant.session && now() < known.claimant_until;
}

void Membership::refuse(MemberRecord& known, const Update& claimant) {
  known.claimant_session = claimant.session;
  known.claimant_until = now() + refused_for;
  send_conflict(update_of(known), claimant);
}

void Membership::send_conflict(const Update& owner, const Update& claimant) {
  ++metrics_.conflicts;
  gossip_.send_bare(
      claimant.address,
      {.kind = DatagramKind::conflict, .about = owner, .to_session = claimant.session, .age_ms = age_ms()});
}

std::uint64_t Membership::age_ms() const {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now() - started_).count());
}

}  // namespace exocast
