// SPDX-License-Identifier: Apache-2.0
// Membership: construction, timers and leaving. Datagrams received, and admission: membership_receive.cpp and
// membership_admission.cpp.
#include "cluster/swim/membership.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/text.h"
#include "exocast/gather/wait.h"
#include "link/native/item.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using namespace swim;  // NOLINT(google-build-using-namespace)

constexpr int goodbyes = 3;
constexpr Duration between_goodbyes = 50ms;
/// Minimum interval between two pings of a healthy member at another address that a discovery announces.
constexpr Duration claimant_interval = 5s;
constexpr std::size_t goodbyes_to = 64;  // with more members, gossip reaches the others

/// `duration` plus or minus up to a tenth, so that nodes that started together do not probe together for ever.
Duration about(Duration duration, Random& random) { return random.between(duration * 9 / 10, duration * 11 / 10); }

std::optional<DeviceCapabilities> cut(std::optional<DeviceCapabilities> capabilities) {
  if (!capabilities) return capabilities;
  for (std::string* text : {&capabilities->model, &capabilities->chip}) {
    *text = to_utf8(*text);
    if (text->size() > capability_bytes_max) *text = to_utf8(text->substr(0, capability_bytes_max - 3));
    while (text->size() > capability_bytes_max) text->pop_back();
  }
  return capabilities;
}

}  // namespace

Membership::Membership(Scheduler& scheduler, DatagramPort& port, Member self, const MembershipOptions& options,
                       std::uint64_t seed)
    : port_(port),
      options_(options),
      random_(seed),
      self_{.id = std::move(self.id),
            .address = std::move(self.address),
            .session = self.session,
            .incarnation = self.incarnation,
            .accuser = {}},
      capabilities_(cut(std::move(self.capabilities))),
      started_(scheduler.now()),
      alarm_(scheduler, [this] { wake(); }),
      awareness_(options_, metrics_),
      table_(self_.id),
      gossip_(port, self_, table_, metrics_),
      suspicions_(alarm_, options_.suspicion, self_, table_, gossip_, awareness_, metrics_),
      prober_(alarm_, options_, random_, self_, table_, gossip_, awareness_, metrics_),
      exchange_(scheduler, random_, gossip_, awareness_, table_, metrics_) {
  assert(!peer_id_fault(self_.id) && self_.session != 0);
  assert(options_.ack_timeout < options_.verdict_timeout);
  native::quiet_protobuf();
  port_.receive(this);
  next_tick_ = now() + random_.between(0ms, options_.period);
  next_sync_ = now() + about(options_.sync_interval, random_);
  alarm_.wake_by(next_tick_);
}

Membership::~Membership() {
  if (!left_) port_.receive(nullptr);
}

void Membership::join(const Candidate& candidate) {
  if (left_ || candidate.id == self_.id) return;
  if (candidate.id.empty()) {
    if (table_.healthy_at(candidate.address) != nullptr) return;
  } else if (MemberRecord* record = table_.find(candidate.id);
             record != nullptr && record->member.state == MemberState::healthy) {
    // Another address may belong to the same node, which can have several, or to another node with its id.
    if (record->member.address == candidate.address || now() < record->asked + claimant_interval) return;
    record->asked = now();
  }
  prober_.identify(candidate.address, candidate.id, candidate.source, Prober::identify_pings);
}

void Membership::heard_from(std::string_view id) noexcept {
  if (MemberRecord* record = table_.find(id)) record->heard = now();
}

std::vector<Member> Membership::members() const {
  std::vector<Member> members;
  members.reserve(table_.all().size());
  for (const auto& [id, record] : table_.all()) members.push_back(record.member);
  return members;
}

task<void> Membership::leave(Deadline deadline) {
  if (std::exchange(left_, true)) co_return;
  port_.receive(nullptr);
  alarm_.disarm();
  self_.state = MemberState::left;
  for (int round = 1;; ++round) {
    gossip_.send_to_some(goodbyes_to, random_);
    if (round == goodbyes || deadline.passed(now())) co_return;
    co_await sleep_until(std::min(deadline, Deadline::after(now(), between_goodbyes)));
  }
}

void Membership::wake() {
  if (left_) return;
  notice_standstill();
  if (now() >= listens_until_) {
    while (const auto failure = prober_.take_failure()) probe_failed(failure->record, failure->probe);
    suspicions_.end_due();
    if (now() >= next_tick_) tick();
    exchange_.retry_if_due();
  }
  gossip_.send_urgent(now(), random_);
  alarm_.wake_by(next_wake());
  notify_changes();
}

TimePoint Membership::next_wake() const {
  if (now() < listens_until_) return std::min(listens_until_, gossip_.next());
  return std::min({next_tick_, gossip_.next(), suspicions_.next(), prober_.next(), exchange_.next()});
}

void Membership::notice_standstill() {
  if (alarm_.late() < options_.standstill) return;
  ++metrics_.standstills;
  listens_until_ = now() + options_.standstill;
  if (alarm_.late() < awareness_.verdict_timeout()) return;
  // Other members may suspect this node by now, and it has missed their updates.
  suspicions_.refute(self_.incarnation);
  exchange_.start_with_random();
}

void Membership::tick() {
  next_tick_ = now() + about(options_.period, random_);
  prober_.probe_members();
  exchange_.start_queued();
  if (now() >= next_sync_) {
    next_sync_ = now() + about(options_.sync_interval, random_);
    exchange_.start_with_random();
  }
  table_.forget(now() - options_.remembered, options_.remembered_max);
}

void Membership::probe_failed(MemberRecord& record, const Probe& probe) {
  if (probe.purpose == Probe::Purpose::detect) return suspicions_.accuse(record);
  if (record.heard >= probe.begun) return refuse(record, probe.claimant);
  admit(probe.claimant, probe.capabilities, probe.source);
}

void Membership::start_exchange(const MemberRecord& with, bool mutual) {
  exchange_.start(with, mutual);
  alarm_.wake_by(exchange_.next());
}

void Membership::notify_changes() {
  if (table_.take_changed() && on_change_) on_change_();
}

}  // namespace exocast
